package dev.nibble.core.checkpoint.gguf;

import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.checkpoint.FileTensor;
import dev.nibble.core.checkpoint.ForeignFiles;
import dev.nibble.core.checkpoint.Limits;
import dev.nibble.core.checkpoint.gguf.GgufMetadata.Value;
import dev.nibble.core.checkpoint.io.ByteReader;
import dev.nibble.core.checkpoint.io.MappedFile;
import dev.nibble.core.checkpoint.io.Utf8;
import dev.nibble.core.codec.Codecs;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.error.MalformedFileException;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * A checked GGUF file: header, metadata and the positions of its tensors.
 *
 * <pre>
 *   "GGUF", u32 version (2 or 3), u64 tensors, u64 key–value pairs
 *   per pair     u64 length, key, u32 type, value
 *   per tensor   u64 length, name, u32 rank, u64 dimensions (fastest first), u32 type, u64 offset from the start of the data
 *   zeros up to a multiple of the alignment, then the tensors in order, each padded likewise
 * </pre>
 */
public record GgufFile(MappedFile file, GgufMetadata metadata, Map<String, FileTensor> tensors, List<String> warnings) {
    static final String ALIGNMENT = "general.alignment";
    static final long DEFAULT_ALIGNMENT = 32;
    private static final int SMALLEST_PAIR = 8 + 1 + 4 + 1;
    private static final int SMALLEST_TENSOR = 8 + 1 + 4 + 8 + 4 + 8;
    private static final List<String> OLD_MAGICS = List.of("lmgg", "fmgg", "tjgg", "algg", "ggml", "ggmf", "ggjt", "ggla", "GGML", "GGJT");

    static GgufFile read(Path path) throws IOException {
        MappedFile file = MappedFile.open(path);
        try {
            return Checkpoint.guarded(path, () -> new Parser(file).parse());
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private static final class Parser {
        private final MappedFile file;
        private final ByteReader reader;
        private final Map<String, Declared> declared = new LinkedHashMap<>();
        private final List<String> warnings = new ArrayList<>();

        Parser(MappedFile file) {
            this.file = file;
            this.reader = new ByteReader(file.path(), "GGUF", file.bytes());
        }

        GgufFile parse() {
            ForeignFiles.refuse(file);
            magicAndVersion();
            long tensors = reader.count("number of tensors", "", Limits.TENSORS, SMALLEST_TENSOR, "COUNT_IMPOSSIBLE", "COUNT_IMPOSSIBLE");
            long pairs = reader.count("number of key-value pairs", "", Limits.GGUF_KEYS, SMALLEST_PAIR, "COUNT_IMPOSSIBLE",
                    "COUNT_IMPOSSIBLE");
            long pairsStart = reader.position();
            GgufMetadata metadata = new GgufKeyValues(reader).read(pairs);
            long alignment = alignment(metadata, pairsStart);
            for (long i = 0; i < tensors; i++) {
                Declared tensor = tensor();
                if (declared.putIfAbsent(tensor.info.name(), tensor) != null) {
                    throw reader.errorAt(tensor.at, "DUPLICATE_TENSOR", tensor.info.name(), "there is a tensor of this name already");
                }
            }
            return new GgufFile(file, metadata, place(alignment), warnings);
        }

        private void magicAndVersion() {
            String magic = new String(reader.bytes(4, "magic"), StandardCharsets.ISO_8859_1);
            if (!magic.equals("GGUF")) {
                throw reader.errorAt(0, "BAD_MAGIC", "", "starts with '" + MalformedFileException.printable(magic)
                        + "', expected 'GGUF'" + hint(magic));
            }
            int version = reader.i32("version");
            if (version != 2 && version != 3) {
                String hint = (version & 0xffff) == 0 && version != 0 ? "; this is a big-endian file" : "";
                throw reader.errorAt(4, "BAD_VERSION", "",
                        "version " + Integer.toUnsignedString(version) + ", readable are 2 and 3" + hint);
            }
        }

        private static String hint(String magic) {
            if (OLD_MAGICS.contains(magic)) {
                return "; this is a GGML file from before GGUF: convert the original model again";
            }
            return magic.startsWith("PK") ? "; this is a zip archive" : "";
        }

        private long alignment(GgufMetadata metadata, long at) {
            Value value = metadata.values().get(ALIGNMENT);
            if (value == null) {
                return DEFAULT_ALIGNMENT;
            }
            if (value.type() != GgufMetadata.Type.U32) {
                throw reader.errorAt(at, "BAD_ALIGNMENT", ALIGNMENT, "must be a U32, is " + value.type());
            }
            long alignment = (Long) value.value();
            if (Long.bitCount(alignment) != 1 || alignment > Limits.GGUF_ALIGNMENT) {
                throw reader.errorAt(at, "BAD_ALIGNMENT", ALIGNMENT, alignment + " is not a power of two up to " + Limits.GGUF_ALIGNMENT);
            }
            return alignment;
        }

        /** A tensor whose position is not yet checked. */
        private record Declared(long at, TensorInfo info, long offset) {}

        private Declared tensor() {
            long at = reader.position();
            String name = name();
            long rank = reader.u32("rank of " + name);
            if (rank < 1 || rank > Limits.GGUF_RANK) {
                throw reader.errorAt(reader.position() - 4, "RANK", name,
                        "has " + rank + " dimensions, 1 to " + Limits.GGUF_RANK + " are allowed");
            }
            long dimensionsAt = reader.position();
            long[] slowestFirst = new long[(int) rank];
            for (int i = slowestFirst.length - 1; i >= 0; i--) {
                slowestFirst[i] = reader.i64("dimension of " + name);
            }
            Shape shape = shape(name, slowestFirst, dimensionsAt);
            Codec codec = codec(name, reader.i32("type of " + name));
            if (shape.columns() % codec.blockSize() != 0) {
                throw reader.errorAt(dimensionsAt, "ROW_LENGTH", name,
                        "rows of " + shape.columns() + " numbers do not fill blocks of " + codec.blockSize() + " (" + codec.name() + ")");
            }
            if (shape.count() == 0) {
                warnings.add("tensor " + MalformedFileException.printable(name) + " is empty: " + shape);
            }
            return new Declared(at, new TensorInfo(name, codec, shape), reader.i64("offset of " + name));
        }

        private String name() {
            long start = reader.position();
            long length = reader.count("length of tensor name", "", Limits.GGUF_NAME_BYTES, 1, "TENSOR_NAME", "TENSOR_NAME");
            byte[] bytes = reader.bytes(length, "tensor name");
            int malformed = Utf8.malformedAt(bytes);
            if (malformed >= 0) {
                throw reader.errorAt(start + 8 + malformed, "NOT_UTF8", "", "a tensor's name is not UTF-8 text");
            }
            String name = new String(bytes, StandardCharsets.UTF_8);
            if (name.isEmpty() || name.indexOf(0) >= 0) {
                throw reader.errorAt(start, "TENSOR_NAME", name, "a tensor's name must not be empty or contain NUL");
            }
            return name;
        }

        private Shape shape(String name, long[] dimensions, long at) {
            if (LongStream.of(dimensions).anyMatch(dimension -> dimension < 0)) {
                throw reader.errorAt(at, "SHAPE_OVERFLOW", name, "a dimension of 2^63 or more in "
                        + Arrays.toString(LongStream.of(dimensions).mapToObj(Long::toUnsignedString).toArray()));
            }
            try {
                return Shape.of(dimensions);
            } catch (ArithmeticException e) {
                throw caused(reader.errorAt(at, "SHAPE_OVERFLOW", name, "more than 2^63 numbers in " + Arrays.toString(dimensions)), e);
            }
        }

        private Codec codec(String name, int type) {
            Optional<Codec> codec = Codecs.ofGgufType(type);
            if (codec.isPresent()) {
                return codec.get();
            }
            String shown = MalformedFileException.printable(name);
            if (GgufTypes.name(type).isPresent()) {
                throw new UnsupportedException(
                        file.path() + ": tensor \"" + shown + "\" is stored as " + GgufTypes.name(type).get() + ", which has no codec yet");
            }
            if (GgufTypes.removed(type).isPresent()) {
                throw reader.errorAt(reader.position() - 4, "TYPE_REMOVED", name,
                        "type " + type + " (" + GgufTypes.removed(type).get()
                                + ") was removed from the format: convert the original model again");
            }
            throw reader.errorAt(reader.position() - 4, "TYPE_UNKNOWN", name, "there is no type " + Integer.toUnsignedString(type));
        }

        /** Places the tensors: contiguous except for alignment, in the declared order, within the file. */
        private Map<String, FileTensor> place(long alignment) {
            Map<String, FileTensor> tensors = LinkedHashMap.newLinkedHashMap(declared.size());
            long dataStart = padded(reader.position(), alignment);
            long expected = 0;
            for (Declared tensor : declared.values()) {
                String name = tensor.info.name();
                if (tensor.offset != expected) {
                    throw reader.errorAt(tensor.at, "TENSOR_OFFSET", name, "its data starts at " + Long.toUnsignedString(tensor.offset)
                            + ", expected " + expected + ", right after the tensor before (alignment " + alignment + ")");
                }
                long start;
                long end;
                try {
                    start = Math.addExact(dataStart, expected);
                    end = Math.addExact(start, tensor.info.bytes());
                    expected = padded(Math.addExact(expected, tensor.info.bytes()), alignment);
                } catch (ArithmeticException e) {
                    throw caused(reader.errorAt(tensor.at, "BYTES_OVERFLOW", name, tensor.info.shape() + " in " + tensor.info.codec().name()
                            + " takes more than 2^63 bytes"), e);
                }
                if (end > file.size()) {
                    throw reader.errorAt(tensor.at, "PAST_END", name,
                            "its data ends at " + end + ", the file has " + file.size() + " bytes, "
                                    + (end - file.size()) + " are missing");
                }
                tensors.put(name, new FileTensor.Mapped(tensor.info, file, start));
            }
            if (file.size() > Math.addExact(dataStart, expected)) {
                warnings.add((file.size() - dataStart - expected) + " bytes after the last tensor");
            }
            return tensors;
        }

        private static <E extends Exception> E caused(E exception, Exception cause) {
            exception.initCause(cause);
            return exception;
        }
    }

    public static long padded(long size, long alignment) {
        return Math.addExact(size, alignment - 1) & -alignment;
    }
}

package dev.nibble.core.checkpoint.imatrix;

import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.checkpoint.ForeignFiles;
import dev.nibble.core.checkpoint.Limits;
import dev.nibble.core.checkpoint.gguf.Gguf;
import dev.nibble.core.checkpoint.gguf.GgufMetadata;
import dev.nibble.core.checkpoint.io.ByteReader;
import dev.nibble.core.checkpoint.io.MappedFile;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.error.MalformedFileException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * An importance matrix of llama.cpp: the mean square of the input of each column of a weight, from a GGUF file or from the older {@code
 * .dat}. Invalid entries (NaN, infinite, negative, all zero) are left out and reported.
 *
 * <pre>
 *   GGUF   tensors NAME.in_sum2 (F32, columns × experts) and NAME.counts (F32, one per expert); weight = in_sum2 / counts
 *   .dat   i32 entries, per entry: i32 length, name, i32 calls, i32 values, F32 values; weight = value / calls
 *          then i32 chunks, i32 length, data set
 * </pre>
 */
public final class Imatrix {
    private static final String SUMS = ".in_sum2";
    private static final String COUNTS = ".counts";
    private static final int SMALLEST_DAT_ENTRY = 4 + 1 + 4 + 4 + 4;

    private final Path path;
    private final Map<String, float[]> weights = new LinkedHashMap<>();
    private final List<String> datasets = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();
    private int entries;
    private long chunks;
    private long chunkSize;

    private Imatrix(Path path) {
        this.path = path;
    }

    /** @throws MalformedFileException if it is not an importance matrix */
    public static Imatrix read(Path path) throws IOException {
        Imatrix imatrix = new Imatrix(path);
        boolean gguf;
        try (MappedFile file = MappedFile.open(path)) {
            gguf = Checkpoint.guarded(path, () -> ForeignFiles.start(file).startsWith("GGUF"));
            if (!gguf) {
                Checkpoint.guarded(path, () -> {
                    ForeignFiles.refuse(file);
                    imatrix.readDat(new ByteReader(path, "IMATRIX", file.bytes()));
                    return null;
                });
            }
        }
        if (gguf) {
            try (Gguf file = Gguf.open(path)) {
                Checkpoint.guarded(path, () -> {
                    imatrix.readGguf(file);
                    return null;
                });
            }
        }
        return imatrix;
    }

    public Path path() {
        return path;
    }

    /** Names of weights, such as {@code blk.0.attn_q.weight}, with usable entries. */
    public Set<String> names() {
        return Collections.unmodifiableSet(weights.keySet());
    }

    /** Importance of each column; for a tensor with experts, of the first expert, of the second, and so on. Not to be modified. */
    public Optional<float[]> weights(String name) {
        return Optional.ofNullable(weights.get(name));
    }

    /** Number of entries in the file, including unusable ones. */
    public int entries() {
        return entries;
    }

    /** Data sets it was computed from, if the file names them. */
    public List<String> datasets() {
        return Collections.unmodifiableList(datasets);
    }

    /** Number of chunks of text it was computed from; 0 if unknown. */
    public long chunks() {
        return chunks;
    }

    /** Tokens per chunk; 0 if unknown. */
    public long chunkSize() {
        return chunkSize;
    }

    /** Entries that were left out, with the reason, one line each. */
    public List<String> warnings() {
        return Collections.unmodifiableList(warnings);
    }

    private void readGguf(Gguf file) {
        GgufMetadata metadata = file.ggufMetadata();
        chunks = metadata.integer("imatrix.chunk_count").orElse(0L);
        chunkSize = metadata.integer("imatrix.chunk_size").orElse(0L);
        if (metadata.get("imatrix.datasets").orElse(List.of()) instanceof List<?> names) {
            names.forEach(name -> datasets.add(String.valueOf(name)));
        }
        for (String tensor : file.names()) {
            if (tensor.endsWith(SUMS)) {
                String name = tensor.substring(0, tensor.length() - SUMS.length());
                add(name, floats(file, tensor), floats(file, name + COUNTS));
            } else if (tensor.endsWith(COUNTS) && !file.names().contains(tensor.substring(0, tensor.length() - COUNTS.length()) + SUMS)) {
                throw wrong(-1, tensor, "counts without sums");
            }
        }
        if (entries == 0) {
            throw wrong(-1, "", "no tensor is named *" + SUMS + ": this is no importance matrix");
        }
    }

    private float[] floats(Gguf file, String name) {
        if (!file.names().contains(name)) {
            throw wrong(-1, name, "is missing");
        }
        Tensor tensor = file.tensor(name);
        if (tensor.codec() != Plain.F32 || tensor.shape().count() > Limits.GGUF_ARRAY) {
            throw wrong(-1, name, "must be F32 of at most " + Limits.GGUF_ARRAY + " numbers, is " + tensor.codec().name() + tensor.shape());
        }
        float[] floats = new float[(int) tensor.shape().count()];
        tensor.codec().decode(tensor.data(), 0, floats, 0, floats.length);
        return floats;
    }

    private void add(String name, float[] sums, float[] counts) {
        if (counts.length == 0 || sums.length == 0 || sums.length % counts.length != 0) {
            throw wrong(-1, name, sums.length + " sums and " + counts.length + " counts do not suit each other");
        }
        int columns = sums.length / counts.length;
        float[] means = new float[sums.length];
        List<Integer> unseen = new ArrayList<>();
        for (int expert = 0; expert < counts.length; expert++) {
            float count = Math.round(counts[expert]);
            for (int i = expert * columns; i < (expert + 1) * columns; i++) {
                means[i] = count > 0 ? sums[i] / count : sums[i];
            }
            if (Float.isNaN(counts[expert])) {
                means[expert * columns] = Float.NaN;
            }
            if (count <= 0) {
                unseen.add(expert);
            }
        }
        keep(name, means, columns, unseen);
    }

    /** An expert that received no tokens, or only zero inputs, gets equal weights; a whole entry of that kind is left out. */
    private void keep(String name, float[] means, int columns, List<Integer> unseen) {
        entries++;
        for (int i = 0; i < means.length; i++) {
            if (!(means[i] >= 0) || Float.isInfinite(means[i])) {
                warn(name, "column " + i + " is " + means[i]);
                return;
            }
        }
        List<Integer> equal = new ArrayList<>();
        for (int expert = 0; expert < means.length / columns; expert++) {
            if (unseen.contains(expert) || allZero(means, expert * columns, columns)) {
                equal.add(expert);
                Arrays.fill(means, expert * columns, (expert + 1) * columns, 1);
            }
        }
        if (equal.size() == means.length / columns) {
            warn(name, "no text came to it or all its inputs were zero");
            return;
        }
        if (!equal.isEmpty()) {
            warnings.add("importance of " + MalformedFileException.printable(name) + ": experts " + equal
                    + " saw no text and get equal weights");
        }
        weights.put(name, means);
    }

    private static boolean allZero(float[] numbers, int from, int count) {
        for (int i = from; i < from + count; i++) {
            if (numbers[i] != 0) {
                return false;
            }
        }
        return true;
    }

    private void warn(String name, String reason) {
        warnings.add("importance of " + MalformedFileException.printable(name) + " is left out: " + reason);
    }

    private void readDat(ByteReader reader) {
        int count = reader.i32("number of entries");
        if (count < 1 || count > reader.remaining() / SMALLEST_DAT_ENTRY) {
            throw wrong(0, "", count + " entries in " + reader.remaining() + " bytes: this is no importance matrix");
        }
        for (int i = 0; i < count; i++) {
            datEntry(reader, i);
        }
        if (reader.remaining() >= 4) {
            chunks = Math.max(reader.i32("chunks"), 0);
        }
        if (reader.remaining() >= 4) {
            String dataset = text(reader, reader.i32("length of data set"), "");
            if (!dataset.isEmpty()) {
                datasets.add(dataset);
            }
        }
    }

    private void datEntry(ByteReader reader, int i) {
        long at = reader.position();
        String name = text(reader, reader.i32("length of name " + i), "");
        int calls = reader.i32("calls of " + name);
        int count = reader.i32("values of " + name);
        if (name.isEmpty() || count < 1 || count > reader.remaining() / Float.BYTES) {
            throw wrong(at, name, count + " values with " + reader.remaining() + " bytes left");
        }
        float[] values = new float[count];
        ByteBuffer.wrap(reader.bytes((long) count * Float.BYTES, "values")).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
        for (int k = 0; calls > 0 && k < count; k++) {
            values[k] /= calls;
        }
        if (weights.containsKey(name)) {
            throw wrong(at, name, "is there twice");
        }
        keep(name, values, count, List.of());
    }

    private String text(ByteReader reader, int length, String entity) {
        if (length < 0 || length > Limits.NAME_BYTES || length > reader.remaining()) {
            throw wrong(reader.position() - 4, entity, "a text of " + length + " bytes, the limit is " + Limits.NAME_BYTES);
        }
        return new String(reader.bytes(length, "text"), StandardCharsets.UTF_8);
    }

    private MalformedFileException wrong(long at, String entity, String reason) {
        return new MalformedFileException("IMATRIX", path, at, entity, reason);
    }
}

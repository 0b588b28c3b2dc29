package dev.nibble.core.checkpoint.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.checkpoint.CheckpointWriter;
import dev.nibble.core.checkpoint.gguf.GgufMetadata.Value;
import dev.nibble.core.checkpoint.io.Checksums;
import dev.nibble.core.checkpoint.io.FileBytes;
import dev.nibble.core.checkpoint.open.Checkpoints;
import dev.nibble.core.checkpoint.safetensors.SafetensorsTypes;
import dev.nibble.core.checkpoint.safetensors.SafetensorsWriter;
import dev.nibble.core.codec.Codecs;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.TensorInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WritersTest {
    private static final TensorInfo ONE = new TensorInfo("one", Plain.F32, Shape.of(1));
    private static final MemorySegment FOUR_BYTES = MemorySegment.ofArray(new byte[4]);

    @TempDir
    Path folder;
    private final long seed = Long.getLong("nibble.seed", 42);
    private final Random random = new Random(seed);

    private Map<String, byte[]> write(CheckpointWriter writer, List<TensorInfo> tensors) throws IOException {
        record Piece(String name, int from, int to) {}
        Map<String, byte[]> data = new HashMap<>();
        List<Piece> pieces = new ArrayList<>();
        for (TensorInfo tensor : tensors) {
            byte[] bytes = new byte[(int) tensor.bytes()];
            random.nextBytes(bytes);
            data.put(tensor.name(), bytes);
            for (int from = 0; from < bytes.length;) {
                int to = Math.min(bytes.length, from + 1 + random.nextInt(50));
                pieces.add(new Piece(tensor.name(), from, to));
                from = to;
            }
        }
        Collections.shuffle(pieces, random);
        IntStream.range(0, pieces.size()).parallel().forEach(i -> {
            Piece piece = pieces.get(i);
            try {
                writer.write(piece.name, piece.from,
                        MemorySegment.ofArray(data.get(piece.name)).asSlice(piece.from, piece.to - piece.from));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        return data;
    }

    private static List<TensorInfo> tensorsOf(List<Codec> codecs, int mostDimensions) {
        List<TensorInfo> tensors = new ArrayList<>();
        for (Codec codec : codecs) {
            long columns = codec.blockSize();
            for (Shape shape : List.of(Shape.of(columns), Shape.of(3, columns), Shape.of(2, 1, 5 * columns), Shape.of(1, 2, 3, columns),
                    Shape.of(0, columns))) {
                if (shape.rank() <= mostDimensions) {
                    tensors.add(new TensorInfo(codec.name() + shape.rank() + "." + tensors.size(), codec, shape));
                }
            }
        }
        return tensors;
    }

    private void assertHolds(Checkpoint checkpoint, List<TensorInfo> tensors, Map<String, byte[]> data, CheckpointWriter writer) {
        assertThat(checkpoint.names()).containsExactlyInAnyOrderElementsOf(tensors.stream().map(TensorInfo::name).toList());
        for (TensorInfo tensor : tensors) {
            assertThat(checkpoint.info(tensor.name())).isEqualTo(tensor);
            MemorySegment stored = checkpoint.tensor(tensor.name()).data();
            assertThat(stored.toArray(ValueLayout.JAVA_BYTE)).as("%s, seed %d", tensor, seed).isEqualTo(data.get(tensor.name()));
            assertThat(writer.crc32c(tensor.name())).isEqualTo(Checksums.crc32c(stored));
        }
    }

    @Test
    void ggufComesBackFromAnyOrderOfPieces() throws IOException {
        List<TensorInfo> tensors = tensorsOf(Codecs.ALL.stream().filter(codec -> codec.ggufType().isPresent()).toList(), 4);
        for (long alignment : new long[]{32, 64, 8}) {
            GgufMetadata metadata = new GgufMetadata().putString("general.architecture", "test").putU32("general.alignment", alignment)
                    .putU16("u16", 65_535).putI32("i32", -1).putU64("u64", -1).putF32("f32", Float.NaN).putBool("bool", true)
                    .putStrings("texts", List.of("", "ä", "\0", "𝄞")).putI32s("i32s", new int[]{1, -2}).putF32s("f32s", new float[]{1.5f})
                    .put("i8", new Value(GgufMetadata.Type.I8, GgufMetadata.Type.I8, -128L))
                    .put("f64", new Value(GgufMetadata.Type.F64, GgufMetadata.Type.F64, Math.PI))
                    .put("bools", new Value(GgufMetadata.Type.ARRAY, GgufMetadata.Type.BOOL, List.of(true, false)));
            Path path = folder.resolve("a" + alignment + ".gguf");
            try (GgufWriter writer = GgufWriter.create(path, metadata, tensors, false)) {
                Map<String, byte[]> data = write(writer, tensors);
                writer.commit();
                assertThat(path).hasSize(GgufWriter.fileSize(metadata, tensors));
                try (Gguf gguf = Gguf.open(path)) {
                    assertHolds(gguf, tensors, data, writer);
                    assertThat(gguf.names()).containsExactlyElementsOf(tensors.stream().map(TensorInfo::name).toList());
                    assertThat(gguf.ggufMetadata().values()).isEqualTo(metadata.values());
                    assertThat(gguf.ggufMetadata().values().keySet()).containsExactlyElementsOf(metadata.values().keySet());
                    assertThat(tensors).allMatch(tensor -> gguf.offset(tensor.name()) % alignment == 0);
                    assertThat(gguf.warnings()).allMatch(line -> line.contains("is empty"));
                }
            }
        }
    }

    @Test
    void safetensorsComesBackFromAnyOrderOfPieces() throws IOException {
        List<TensorInfo> tensors = new ArrayList<>(tensorsOf(List.of(Plain.values()), 8));
        tensors.add(new TensorInfo("scalar", Plain.BF16, Shape.of()));
        tensors.add(new TensorInfo("odd \"name\"\\ \n\t é 𝄞", Plain.U8, Shape.of(7)));
        Path path = folder.resolve("a.safetensors");
        Map<String, String> texts = Map.of("quoted \"key\"", "line\nbreak \u0001");
        try (SafetensorsWriter writer = SafetensorsWriter.create(path, texts, tensors, false)) {
            Map<String, byte[]> data = write(writer, tensors);
            writer.commit();
            assertThat(path).hasSize(SafetensorsWriter.fileSize(texts, tensors));
            try (Checkpoint checkpoint = Checkpoints.open(path)) {
                assertHolds(checkpoint, tensors, data, writer);
                assertThat(checkpoint.metadata()).containsEntry("format", "pt").containsEntry("quoted \"key\"", "line\nbreak \u0001")
                        .hasSize(2);
                List<Integer> order = checkpoint.names().stream()
                        .map(name -> SafetensorsTypes.ALL.indexOf(checkpoint.info(name).codec().name()))
                        .toList();
                assertThat(order).isSortedAccordingTo((a, b) -> b - a);
            }
        }
    }

    @Test
    void safetensorsBytesAreThoseOfTheOfficialWriter() throws IOException {
        List<TensorInfo> tensors = List.of(new TensorInfo("b", Plain.U8, Shape.of(2)), new TensorInfo("c", Plain.F32, Shape.of(1)),
                new TensorInfo("a", Plain.F32, Shape.of()));
        Path path = folder.resolve("a.safetensors");
        try (SafetensorsWriter writer = SafetensorsWriter.create(path, Map.of(), tensors, false)) {
            writer.write("b", 0, MemorySegment.ofArray(new byte[]{1, 2}));
            writer.write("c", 0, MemorySegment.ofArray(new byte[]{3, 4, 5, 6}));
            writer.write("a", 0, MemorySegment.ofArray(new byte[]{7, 8, 9, 10}));
            writer.commit();
        }
        String header = "{\"__metadata__\":{\"format\":\"pt\"},\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]},"
                + "\"c\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]},\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[8,10]}}";
        String padded = header + " ".repeat((8 - header.length() % 8) % 8);
        assertThat(Files.readAllBytes(path)).isEqualTo(
                new FileBytes().u64(padded.length()).ascii(padded).raw((byte) 7, (byte) 8, (byte) 9, (byte) 10).u32(0x06050403).u16(0x201)
                        .bytes());
    }

    @Test
    void bytesMissingTwiceOrOutsideAreRefused() throws IOException {
        Path path = folder.resolve("x.gguf");
        List<TensorInfo> tensors = List.of(ONE, new TensorInfo("two", Plain.F32, Shape.of(2)));
        try (GgufWriter writer = GgufWriter.create(path, new GgufMetadata(), tensors, false)) {
            writer.write("two", 0, FOUR_BYTES);
            assertThatThrownBy(() -> writer.write("two", 2, FOUR_BYTES)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> writer.write("two", 5, FOUR_BYTES)).hasMessageContaining("past its 8 bytes");
            assertThatThrownBy(() -> writer.write("two", -1, FOUR_BYTES)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> writer.write("three", 0, FOUR_BYTES)).hasMessageContaining("three");
            assertThatThrownBy(() -> writer.crc32c("two")).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(writer::commit).isInstanceOf(IllegalStateException.class).hasMessageContaining("one is incomplete");
            writer.write("one", 0, FOUR_BYTES);
            assertThatThrownBy(writer::commit).hasMessageContaining("two is incomplete: byte 4 of 8");
        }
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void whatFormatsCannotHoldIsRefusedBeforeAnythingIsWritten() throws IOException {
        GgufMetadata none = new GgufMetadata();
        Path path = folder.resolve("x");
        for (TensorInfo wrong : List.of(new TensorInfo("n".repeat(64), Plain.F32, Shape.of(1)), new TensorInfo("", Plain.F32, Shape.of(1)),
                new TensorInfo("rank", Plain.F32, Shape.of(1, 1, 1, 1, 1)), new TensorInfo("bool", Plain.BOOL, Shape.of(1)),
                new TensorInfo("row", Codecs.named("Q8_0"), Shape.of(64, 16)), new TensorInfo("\ud800", Plain.F32, Shape.of(1)), ONE)) {
            assertThatThrownBy(() -> GgufWriter.create(path, none, List.of(ONE, wrong), false)).as(wrong.toString())
                    .isInstanceOf(IllegalArgumentException.class);
        }
        for (Value wrong : List.of(new Value(GgufMetadata.Type.U8, GgufMetadata.Type.U8, 256L),
                new Value(GgufMetadata.Type.I8, GgufMetadata.Type.I8, 128L), new Value(GgufMetadata.Type.U32, GgufMetadata.Type.U32, -1L),
                new Value(GgufMetadata.Type.F32, GgufMetadata.Type.F32, 1L),
                new Value(GgufMetadata.Type.ARRAY, GgufMetadata.Type.ARRAY, List.of()),
                new Value(GgufMetadata.Type.ARRAY, GgufMetadata.Type.U8, "x"))) {
            assertThatThrownBy(() -> GgufWriter.create(path, new GgufMetadata().put("key", wrong), List.of(), false)).as(wrong.toString())
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("key");
        }
        assertThatThrownBy(() -> GgufWriter.create(path, new GgufMetadata().putU32("general.alignment", 13), List.of(), false))
                .hasMessageContaining("general.alignment");
        for (TensorInfo wrong : List.of(new TensorInfo("__metadata__", Plain.F32, Shape.of(1)), new TensorInfo("", Plain.F32, Shape.of(1)),
                new TensorInfo("q", Codecs.named("Q8_0"), Shape.of(32)), new TensorInfo("n".repeat(513), Plain.F32, Shape.of(1)), ONE)) {
            assertThatThrownBy(() -> SafetensorsWriter.create(path, Map.of(), List.of(ONE, wrong), false)).as(wrong.toString())
                    .isInstanceOf(IllegalArgumentException.class); // S16
        }
        assertThat(path).doesNotExist();
        Files.writeString(path, "old");
        assertThatThrownBy(() -> GgufWriter.create(path, none, List.of(), false)).isInstanceOf(FileAlreadyExistsException.class);
    }

    @Test
    void valuesOfTheSameSizeCanBeReplacedUntilTheEnd() throws IOException {
        Path path = folder.resolve("x.gguf");
        GgufMetadata metadata = new GgufMetadata().putString("general.architecture", "test")
                .putStrings("sums", List.of("00000000", "00000000"))
                .putU32("after", 5);
        try (GgufWriter writer = GgufWriter.create(path, metadata, List.of(ONE), false)) {
            writer.write("one", 0, FOUR_BYTES);
            writer.replace("sums", new GgufMetadata().putStrings("sums", List.of("deadbeef", "12345678")).values().get("sums"));
            assertThatThrownBy(() -> writer.replace("sums", new GgufMetadata().putStrings("sums", List.of("x")).values().get("sums")))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> writer.replace("absent", metadata.values().get("after"))).hasMessageContaining("absent");
            writer.commit();
        }
        try (Gguf gguf = Gguf.open(path)) {
            assertThat(gguf.metadata()).containsEntry("sums", List.of("deadbeef", "12345678")).containsEntry("after", 5L);
        }
    }

    @Test
    void textsThatAreNotUtf8SurviveACopy() throws IOException {
        byte[] vocabulary = new FileBytes().ascii("GGUF").u32(3).u64(0).u64(1).text("tokens").u32(9).u32(8).u64(2).u64(2).u8(0xFF).u8('a')
                .text("b")
                .bytes();
        Path original = Files.write(folder.resolve("a.gguf"), vocabulary);
        Path copy = folder.resolve("b.gguf");
        try (Gguf gguf = Gguf.open(original); GgufWriter writer = GgufWriter.create(copy, gguf.ggufMetadata(), List.of(), false)) {
            assertThat(gguf.metadata().get("tokens"))
                    .isEqualTo(List.of(new String(new byte[]{(byte) 0xFF, 'a'}, StandardCharsets.UTF_8), "b"));
            writer.commit();
        }
        assertThat(Files.readAllBytes(copy)).startsWith(vocabulary);
    }
}

package dev.nibble.core.codec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nibble.core.SharedMaterial;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The bytes of ggml's quantizers and the values of its dequantizers, bit for bit. */
@Tag("shared")
class GoldenBlocksTest {
    private static final String FOLDER = "golden/ggml-blocks/";
    private static final int ROWS = 16;
    private static final int COLUMNS = 1024;

    /** One line of the list: ggml's bytes for a type, with or without importance. */
    record Golden(String type, int ggmlType, int blockSize, int blockBytes, boolean importance, String file) {
        static Golden of(String line) {
            String[] fields = line.split("\t");
            return new Golden(fields[0], Integer.parseInt(fields[1]), Integer.parseInt(fields[2]), Integer.parseInt(fields[3]), fields[4]
                    .equals("yes"), fields[5]);
        }

        Codec codec() {
            return Codecs.ofGgufType(ggmlType).orElseThrow();
        }

        /** Whether the file has a stored dequantization: the one without importance, if there is one. */
        boolean isDecoded() {
            return !importance || !Files.exists(SharedMaterial.path(FOLDER).resolve(type + ".bin"));
        }

        @Override
        public String toString() {
            return file;
        }
    }

    static List<Golden> goldens() throws IOException {
        return index().stream().filter(golden -> Codecs.ofGgufType(golden.ggmlType).isPresent()).toList();
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void hasTheSizes(Golden golden) {
        assertThat(golden.codec().name()).isEqualToIgnoringCase(golden.type);
        assertThat(golden.codec().blockSize()).isEqualTo(golden.blockSize);
        assertThat(golden.codec().blockBytes()).isEqualTo(golden.blockBytes);
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void writesTheBytesOfGgml(Golden golden) throws IOException {
        float[] rows = floats("rows.f32");
        float[] weights = floats("importance.f32");
        Importance importance = golden.importance ? Importance.ofColumns(weights) : Importance.EQUAL;
        Codec codec = golden.codec();
        byte[] expected = Files.readAllBytes(file(golden.file));
        int rowBytes = Math.toIntExact(codec.bytes(COLUMNS));
        assertThat(rows).hasSize(ROWS * COLUMNS);
        assertThat(expected).hasSize(ROWS * rowBytes);

        for (int row = 0; row < ROWS; row++) {
            if (isMisplaced(golden, row)) {
                continue;
            }
            byte[] actual = new byte[rowBytes];
            codec.encode(rows, row * COLUMNS, COLUMNS, importance, MemorySegment.ofArray(actual), 0);
            for (int i = 0; i < rowBytes; i++) {
                assertThat(actual[i]).as("%s: row %d, block %d, byte %d", golden.file, row, i / codec.blockBytes(), i % codec.blockBytes())
                        .isEqualTo(expected[row * rowBytes + i]);
            }
        }
    }

    /** Rows where ggml's IQ3_S misplaces the rest of a block behind a group of zeros; only row 9 has such groups. */
    private static boolean isMisplaced(Golden golden, int row) {
        return golden.type.equals("iq3_s") && row == 9;
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void readsTheNumbersOfGgml(Golden golden) throws IOException {
        if (!golden.isDecoded()) {
            return;
        }
        MemorySegment bytes = MemorySegment.ofArray(Files.readAllBytes(file(golden.file)));
        float[] actual = new float[ROWS * COLUMNS];
        golden.codec().decode(bytes, 0, actual, 0, actual.length);

        float[] expected = floats(golden.type + ".decoded.f32");
        assertThat(expected).hasSameSizeAs(actual);
        for (int i = 0; i < actual.length; i++) {
            assertThat(Float.floatToRawIntBits(actual[i])).as("%s: number %d, %s for %s", golden.file, i, actual[i], expected[i]).isEqualTo(
                    Float.floatToRawIntBits(expected[i]));
        }
    }

    /** Guards against codecs missing from the tests above: every one with a GGUF number that ggml quantizes is covered. */
    @Test
    void coversEveryCodec() throws IOException {
        List<Integer> inIndex = index().stream().map(Golden::ggmlType).toList();
        List<String> notQuantized = List.of("F32", "F64", "I8", "I16", "I32", "I64");
        assertThat(inIndex).hasSize(49);
        assertThat(Codecs.ALL).filteredOn(codec -> codec.ggufType().isPresent() && !notQuantized.contains(codec.name())).allSatisfy(
                codec -> assertThat(inIndex).as(codec.name()).contains(codec.ggufType().orElseThrow()));
    }

    private static List<Golden> index() throws IOException {
        return Files.readAllLines(file("index.tsv")).stream().skip(1).map(Golden::of).toList();
    }

    private static Path file(String name) {
        return SharedMaterial.path(FOLDER + name);
    }

    private static float[] floats(String name) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file(name))).order(ByteOrder.LITTLE_ENDIAN);
        float[] floats = new float[bytes.remaining() / Float.BYTES];
        bytes.asFloatBuffer().get(floats);
        return floats;
    }
}

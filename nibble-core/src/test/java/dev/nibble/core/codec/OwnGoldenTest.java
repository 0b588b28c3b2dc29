package dev.nibble.core.codec;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The bytes of Nibble's encoders when they were last checked; see golden/own/README.md. */
class OwnGoldenTest {
    private static final String RESOURCE = "/golden/own/codecs.tsv";
    private static final Path SOURCE = Path.of("src/test/resources" + RESOURCE);
    private static final String HEADER = "codec\timportance\tencoded\tdecoded";
    private static final int ROWS = 12;
    private static final int COLUMNS = 1024;

    @Test
    void writesTheSameBytesAsBefore() throws IOException {
        List<String> lines = new ArrayList<>(List.of(HEADER));
        for (Codec codec : Codecs.ALL) {
            lines.add(line(codec, false));
            lines.add(line(codec, true));
        }
        if (Boolean.getBoolean("nibble.golden.write")) {
            Files.write(SOURCE, lines);
        }
        try (InputStream resource = Boolean.getBoolean("nibble.golden.write")
                ? Files.newInputStream(SOURCE)
                : OwnGoldenTest.class.getResourceAsStream(RESOURCE)) {
            List<String> expected = new String(resource.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
            assertThat(lines).containsExactlyInAnyOrderElementsOf(expected);
        }
    }

    private static String line(Codec codec, boolean withImportance) {
        float[] rows = rows();
        Importance importance = withImportance || codec.needsImportance() ? Importance.ofColumns(weights()) : Importance.EQUAL;
        int rowBytes = Math.toIntExact(codec.bytes(COLUMNS));
        MemorySegment encoded = MemorySegment.ofArray(new byte[ROWS * rowBytes]);
        for (int row = 0; row < ROWS; row++) {
            codec.encode(rows, row * COLUMNS, COLUMNS, importance, encoded, (long) row * rowBytes);
        }
        float[] decoded = new float[rows.length];
        codec.decode(encoded, 0, decoded, 0, decoded.length);
        MemorySegment littleEndian = MemorySegment.ofArray(new byte[Float.BYTES * decoded.length]);
        Plain.F32.encode(decoded, 0, decoded.length, Importance.EQUAL, littleEndian, 0);
        return String.join("\t", codec.name(), withImportance ? "yes" : "no", sha256(encoded), sha256(littleEndian));
    }

    /** Bell-shaped of three sizes, heavy-tailed, uniform, one-signed, with outliers, ties, one-hot, constant, alternating, zeros. */
    private static float[] rows() {
        Random random = new Random(20_25);
        float[] rows = new float[ROWS * COLUMNS];
        for (int i = 0; i < rows.length; i++) {
            int column = i % COLUMNS;
            float uniform = random.nextInt(-(1 << 20), 1 << 20) * 0x1p-20f;
            float bell = (random.nextInt(1 << 20) + random.nextInt(1 << 20) - random.nextInt(1 << 20) - random.nextInt(1 << 20)) * 0x1p-20f;
            rows[i] = switch (i / COLUMNS) {
                case 0 -> bell;
                case 1 -> bell * 0x1p-6f;
                case 2 -> bell * 300;
                case 3 -> bell * bell * bell;
                case 4 -> uniform;
                case 5 -> Math.abs(uniform) + 0.25f;
                case 6 -> column % 97 == 5 ? 40 * bell : 0.5f * bell;
                case 7 -> Math.round(uniform * 16) * 0.125f;
                case 8 -> column % 64 == 17 ? uniform : 0;
                case 9 -> 0.37f;
                case 10 -> column % 2 == 0 ? 1.5f : -1.25f;
                default -> 0;
            };
        }
        return rows;
    }

    private static float[] weights() {
        Random random = new Random(7);
        float[] weights = new float[COLUMNS];
        for (int i = 0; i < COLUMNS; i++) {
            float uniform = (1 + random.nextInt(1 << 16)) * 0x1p-16f;
            weights[i] = 0.01f + 4 * uniform * uniform;
        }
        return weights;
    }

    private static String sha256(MemorySegment bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.toArray(JAVA_BYTE)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}

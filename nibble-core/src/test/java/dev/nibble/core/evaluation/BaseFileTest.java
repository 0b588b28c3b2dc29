package dev.nibble.core.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nibble.EvaluatedModel;
import dev.nibble.ProgressListener;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.inference.LogSoftmax;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.model.HistoryModel;
import dev.nibble.error.MalformedFileException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BaseFileTest {
    private static final Windows WINDOWS = new Windows(4, 2, List.of(new int[]{0, 1, 2, 3}, new int[]{4, 5, 6, 7}));

    @TempDir
    Path folder;

    private Path file;
    private byte[] bytes;
    private int header;

    @BeforeEach
    void write() throws IOException {
        file = folder.resolve("base.bin");
        new BaseRecording(HistoryModel.random(9, 64, 1), new EvaluatedModel("m", 1, 1, "", "p1"), WINDOWS, Plain.F32)
                .to(file, false, ProgressListener.SILENT).close();
        bytes = Files.readAllBytes(file);
        header = BaseHeader.PREFIX + little().getInt(8);
    }

    private ByteBuffer little() {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Test
    void wrongFilesAreRefused() throws IOException {
        refused("BASE_TRUNCATED", 0, new byte[5]);
        byte[] other = bytes.clone();
        other[7] = '2';
        refused("BASE_MAGIC", 0, other);
        refused("BASE_SIZE", bytes.length - 1, java.util.Arrays.copyOf(bytes, bytes.length - 1));
        refused("BASE_SIZE", bytes.length + 1, java.util.Arrays.copyOf(bytes, bytes.length + 1));
        byte[] longHeader = bytes.clone();
        ByteBuffer.wrap(longHeader).order(ByteOrder.LITTLE_ENDIAN).putInt(8, -1);
        refused("BASE_HEADER", 8, longHeader);
        byte[] brokenHeader = bytes.clone();
        brokenHeader[BaseHeader.PREFIX] = '[';
        refused("BASE_JSON", -1, brokenHeader);
        byte[] token = bytes.clone();
        ByteBuffer.wrap(token).order(ByteOrder.LITTLE_ENDIAN).putInt(header + 8, 9);
        refused("BASE_TOKEN", header + 8, token);
    }

    @Test
    void headersThatClaimTooMuchAreRefusedBeforeAnythingIsTaken() throws IOException {
        String json = "{\"model\":\"m\",\"bytes\":1,\"parameters\":1,\"fingerprint\":\"\",\"protocol\":\"p1\",\"vocabulary\":4194304,"
                + "\"windows\":16777216,\"window_length\":16777216,\"first_scored\":1}";
        byte[] text = json.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        byte[] claims = ByteBuffer.allocate(BaseHeader.PREFIX + text.length).order(ByteOrder.LITTLE_ENDIAN).put(BaseHeader.MAGIC)
                .putInt(text.length).put(text).array();
        refused("BASE_SIZE", claims.length, claims);
    }

    @Test
    void rowsThatAreNoDistributionAreRefused() throws IOException {
        int row = header + 8 * Integer.BYTES;
        for (Runnable damage : List.<Runnable>of(() -> little().putDouble(row, Double.NaN), () -> little().putFloat(row + 8, Float.NaN),
                () -> little().putFloat(row + 8, -1), () -> little().putInt(row + 12, 9))) {
            byte[] sound = bytes.clone();
            damage.run();
            Files.write(file, bytes);
            try (BaseFile base = BaseFile.open(file)) {
                MalformedFileException refused = assertThrows(MalformedFileException.class,
                        () -> base.read(0, 2, new LogProbabilityRow(9)));
                assertEquals("BASE_ROW", refused.code());
                assertEquals(row, refused.offset());
            }
            bytes = sound;
        }
    }

    @Test
    void rowsKeepLogProbabilitiesWithinTheStatedError() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int trial = 0; trial < 200; trial++) {
            int vocabulary = 1 + random.nextInt(400);
            double spread = Math.scalb(1.0, random.nextInt(-10, 7));
            Matrix logits = Matrix.of(1, vocabulary);
            for (int i = 0; i < vocabulary; i++) {
                logits.data()[i] = random.nextInt(50) == 0 && i > 0 ? Float.NEGATIVE_INFINITY : (float) (spread * random.nextGaussian());
            }
            int token = LogSoftmax.largest(logits.data(), 0, vocabulary);
            ByteBuffer bytes = ByteBuffer.allocate(LogProbabilityRow.bytes(vocabulary)).order(ByteOrder.LITTLE_ENDIAN);
            double nll = LogProbabilityRow.write(logits, 0, token, bytes);
            LogProbabilityRow row = new LogProbabilityRow(vocabulary);
            row.read(bytes.flip());
            assertTrue(row.isSound());
            assertEquals(nll, row.nll());
            assertEquals(token, row.best());
            double logSum = LogSoftmax.logSum(logits.data(), 0, vocabulary);
            double divergence = 0;
            double shift = meanError(logits, token, logSum); // of the sum that all are divided by
            for (int i = 0; i < vocabulary; i++) {
                double exact = logits.data()[i] - logSum;
                double gap = Math.min(64, logits.data()[token] - logits.data()[i]);
                double error = 1.01 * (gapError(gap) + shift);
                if (gap < 64) {
                    assertEquals(exact, row.logProbabilities()[i], error, "seed " + seed + ", trial " + trial + ", gap " + gap);
                    divergence += Math.exp(exact) * (exact - row.logProbabilities()[i]);
                }
            }
            assertEquals(0, divergence, 1e-8, "seed " + seed);
        }
    }

    private static double gapError(double gap) {
        return Math.sqrt(gap * 64) / 65535 + 1e-8;
    }

    private static double meanError(Matrix logits, int best, double logSum) {
        double sum = 0;
        for (int i = 0; i < logits.columns(); i++) {
            double gap = Math.min(64, logits.data()[best] - logits.data()[i]);
            sum += Math.exp(logits.data()[i] - logSum) * gapError(gap);
        }
        return sum;
    }

    private void refused(String code, long offset, byte[] content) throws IOException {
        Files.write(file, content);
        MalformedFileException refused = assertThrows(MalformedFileException.class, () -> BaseFile.open(file));
        assertEquals(code, refused.code(), refused.getMessage());
        assertEquals(offset, refused.offset());
    }
}

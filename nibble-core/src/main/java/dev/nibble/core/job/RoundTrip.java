package dev.nibble.core.job;

import dev.nibble.core.tensor.Codec;
import java.util.Arrays;

/**
 * Error of decoded values. Sums are taken in a fixed order, independent of threads and CPU.
 *
 * <p>
 * Squares are first summed as floats, {@value #COLUMNS} columns at a time, which the compiler vectorizes; if they leave the range of
 * floats, all are summed again as doubles.
 */
final class RoundTrip {
    private static final int COLUMNS = 256;
    private static final int ROWS = 32; // of columns per sum of floats
    private static final double SMALLEST = 0x1p-80;

    private final float[] errors = new float[COLUMNS];
    private final float[] norms = new float[COLUMNS];

    double squaredError;
    double squaredNorm;
    long flushedBlocks;

    /** Measures the first {@code count} values, replacing the previous results. */
    void measure(float[] values, float[] decoded, int count, Codec codec) {
        squaredError = 0;
        squaredNorm = 0;
        for (int from = 0; from < count; from += ROWS * COLUMNS) {
            addAsFloats(values, decoded, from, Math.min(count, from + ROWS * COLUMNS));
        }
        if (!(squaredError <= Float.MAX_VALUE && squaredNorm <= Float.MAX_VALUE && squaredNorm >= SMALLEST)) {
            addAsDoubles(values, decoded, count);
        }
        flushedBlocks = 0;
        for (int from = 0; from < count; from += codec.blockSize()) {
            if (isZero(decoded, from, codec.blockSize()) && !isZero(values, from, codec.blockSize())) {
                flushedBlocks++;
            }
        }
    }

    private void addAsFloats(float[] values, float[] decoded, int from, int to) {
        Arrays.fill(errors, 0);
        Arrays.fill(norms, 0);
        int at = from;
        for (; at + COLUMNS <= to; at += COLUMNS) {
            addColumns(values, decoded, at, COLUMNS);
        }
        addColumns(values, decoded, at, to - at);
        double error = 0;
        double norm = 0;
        for (int i = 0; i < COLUMNS; i++) {
            error += errors[i];
            norm += norms[i];
        }
        squaredError += error;
        squaredNorm += norm;
    }

    private void addColumns(float[] values, float[] decoded, int from, int count) {
        for (int i = 0; i < count; i++) {
            float value = values[from + i];
            float difference = value - decoded[from + i];
            errors[i] += difference * difference;
            norms[i] += value * value;
        }
    }

    private void addAsDoubles(float[] values, float[] decoded, int count) {
        squaredError = 0;
        squaredNorm = 0;
        for (int i = 0; i < count; i++) {
            double difference = (double) values[i] - decoded[i];
            squaredError += difference * difference;
            squaredNorm += (double) values[i] * values[i];
        }
    }

    /** Whether all values are zero; mostly decided by the first. */
    private static boolean isZero(float[] values, int from, int count) {
        for (int i = from; i < from + count; i++) {
            if (values[i] != 0) {
                return false;
            }
        }
        return true;
    }
}

package dev.nibble.core.job;

import dev.nibble.core.tensor.Codec;
import java.util.Arrays;

/**
 * Compares numbers with what they decode to. The sums are taken in a fixed order, so they do not depend on threads or the CPU.
 *
 * <p>
 * Squares are first summed as floats, in {@value #COLUMNS} columns at a time, which the compiler turns into vector code; where they leave the
 * range of floats, all is summed again as doubles.
 */
final class RoundTrip {
    private static final int COLUMNS = 256;
    private static final int ROWS = 32; // of columns, before their sums go into doubles
    private static final double SMALLEST = 0x1p-80;

    private final float[] errors = new float[COLUMNS];
    private final float[] norms = new float[COLUMNS];

    double squaredError;
    double squaredNorm;
    long flushedBlocks;

    /** Compares the {@code count} numbers from index 0 on, instead of all before. */
    void measure(float[] numbers, float[] decoded, int count, Codec codec) {
        squaredError = 0;
        squaredNorm = 0;
        for (int from = 0; from < count; from += ROWS * COLUMNS) {
            addAsFloats(numbers, decoded, from, Math.min(count, from + ROWS * COLUMNS));
        }
        if (!(squaredError <= Float.MAX_VALUE && squaredNorm <= Float.MAX_VALUE && squaredNorm >= SMALLEST)) {
            addAsDoubles(numbers, decoded, count);
        }
        flushedBlocks = 0;
        for (int from = 0; from < count; from += codec.blockSize()) {
            if (isZero(decoded, from, codec.blockSize()) && !isZero(numbers, from, codec.blockSize())) {
                flushedBlocks++;
            }
        }
    }

    private void addAsFloats(float[] numbers, float[] decoded, int from, int to) {
        Arrays.fill(errors, 0);
        Arrays.fill(norms, 0);
        int at = from;
        for (; at + COLUMNS <= to; at += COLUMNS) {
            addColumns(numbers, decoded, at, COLUMNS);
        }
        addColumns(numbers, decoded, at, to - at);
        double error = 0;
        double norm = 0;
        for (int i = 0; i < COLUMNS; i++) {
            error += errors[i];
            norm += norms[i];
        }
        squaredError += error;
        squaredNorm += norm;
    }

    private void addColumns(float[] numbers, float[] decoded, int from, int count) {
        for (int i = 0; i < count; i++) {
            float number = numbers[from + i];
            float difference = number - decoded[from + i];
            errors[i] += difference * difference;
            norms[i] += number * number;
        }
    }

    private void addAsDoubles(float[] numbers, float[] decoded, int count) {
        squaredError = 0;
        squaredNorm = 0;
        for (int i = 0; i < count; i++) {
            double difference = (double) numbers[i] - decoded[i];
            squaredError += difference * difference;
            squaredNorm += (double) numbers[i] * numbers[i];
        }
    }

    /** Ends at the first number that is not, which is mostly the first of all. */
    private static boolean isZero(float[] numbers, int from, int count) {
        for (int i = from; i < from + count; i++) {
            if (numbers[i] != 0) {
                return false;
            }
        }
        return true;
    }
}

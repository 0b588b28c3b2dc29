package dev.nibble.core.recipe;

import dev.nibble.core.tensor.Codec;

/**
 * Compares numbers with what they decode to, block by block. The sums are taken in a fixed order, so they do not depend on threads.
 */
final class RoundTrip {
    private static final int LANES = 8;

    double squaredError;
    double squaredNorm;
    long flushedBlocks;

    /** Adds the {@code count} numbers from index 0 on. */
    void add(float[] numbers, float[] decoded, int count, Codec codec) {
        int block = Math.max(codec.blockSize(), LANES);
        for (int from = 0; from < count; from += block) {
            addBlock(numbers, decoded, from, Math.min(block, count - from));
        }
    }

    private void addBlock(float[] numbers, float[] decoded, int from, int count) {
        double error0 = 0;
        double error1 = 0;
        double norm0 = 0;
        double norm1 = 0;
        float kept0 = 0;
        float kept1 = 0;
        int i = from;
        for (int end = from + count - 1; i < end; i += 2) {
            double difference0 = (double) numbers[i] - decoded[i];
            double difference1 = (double) numbers[i + 1] - decoded[i + 1];
            error0 += difference0 * difference0;
            error1 += difference1 * difference1;
            norm0 += (double) numbers[i] * numbers[i];
            norm1 += (double) numbers[i + 1] * numbers[i + 1];
            kept0 += Math.abs(decoded[i]);
            kept1 += Math.abs(decoded[i + 1]);
        }
        if (i < from + count) {
            double difference = (double) numbers[i] - decoded[i];
            error0 += difference * difference;
            norm0 += (double) numbers[i] * numbers[i];
            kept0 += Math.abs(decoded[i]);
        }
        squaredError += error0 + error1;
        squaredNorm += norm0 + norm1;
        if (kept0 + kept1 == 0 && norm0 + norm1 > 0) {
            flushedBlocks++;
        }
    }
}

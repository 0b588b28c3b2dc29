package dev.nibble.core.codec.simd;

import dev.nibble.core.tensor.Importance;
import jdk.incubator.vector.FloatVector;

/** Weights of a row's errors, in the order of its numbers: {@code importance × √(factor × the block's mean square + number²)}. */
final class RowWeights {
    private static final int BLOCK = 256;

    private float[] weights = new float[0];

    /**
     * Weighs a row, or copies its importance.
     *
     * @param factor 0 for the importance alone
     * @return from index 0; good until the next call
     */
    float[] of(float[] numbers, int from, int count, Importance importance, float factor) {
        if (weights.length < count) {
            weights = new float[count];
        }
        for (int i = 0; i < count; i++) {
            weights[i] = importance.weight(from + i);
        }
        if (factor != 0) {
            for (int block = 0; block < count; block += BLOCK) {
                weigh(numbers, from + block, block, factor);
            }
        }
        return weights;
    }

    private void weigh(float[] numbers, int from, int at, float factor) {
        float sum = 0;
        for (int i = from; i < from + BLOCK; i++) {
            sum += numbers[i] * numbers[i];
        }
        float meanSquare = factor * sum / BLOCK;
        for (int i = 0; i < BLOCK; i += Lanes.COUNT) {
            FloatVector number = FloatVector.fromArray(Lanes.FLOATS, numbers, from + i);
            FloatVector weight = FloatVector.fromArray(Lanes.FLOATS, weights, at + i);
            weight.mul(number.mul(number).add(meanSquare).sqrt()).intoArray(weights, at + i);
        }
    }
}

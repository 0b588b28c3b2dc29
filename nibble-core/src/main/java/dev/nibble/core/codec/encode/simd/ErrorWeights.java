package dev.nibble.core.codec.encode.simd;

import dev.nibble.core.tensor.Importance;
import jdk.incubator.vector.FloatVector;

/** Weights of a row's errors, in the order of its numbers: {@code importance × √(a mean square + number²)}. */
final class ErrorWeights {
    private static final int BLOCK = 256;

    private float[] weights = new float[0];

    /**
     * Computes weights with {@code factor × the mean square} of each block of 256.
     *
     * @param factor 0 for the importance alone
     * @return from index 0; valid until the next call
     */
    float[] of(float[] numbers, int from, int count, Importance importance, float factor) {
        copy(from, count, importance);
        if (factor != 0) {
            for (int block = 0; block < count; block += BLOCK) {
                weigh(numbers, from + block, block, BLOCK, meanSquare(numbers, from + block, factor));
            }
        }
        return weights;
    }

    /** Computes weights with the mean square of the whole row. */
    float[] ofWholeRow(float[] numbers, int from, int count, Importance importance) {
        copy(from, count, importance);
        weigh(numbers, from, 0, count, importance.rowMeanSquare());
        return weights;
    }

    private void copy(int from, int count, Importance importance) {
        if (weights.length < count) {
            weights = new float[count];
        }
        for (int i = 0; i < count; i++) {
            weights[i] = importance.weight(from + i);
        }
    }

    private static float meanSquare(float[] numbers, int from, float factor) {
        float sum = 0;
        for (int i = from; i < from + BLOCK; i++) {
            sum += numbers[i] * numbers[i];
        }
        return factor * sum / BLOCK;
    }

    private void weigh(float[] numbers, int from, int at, int count, float meanSquare) {
        for (int i = 0; i < count; i += GroupLanes.COUNT) {
            FloatVector number = FloatVector.fromArray(GroupLanes.FLOATS, numbers, from + i);
            FloatVector weight = FloatVector.fromArray(GroupLanes.FLOATS, weights, at + i);
            weight.mul(number.mul(number).add(meanSquare).sqrt()).intoArray(weights, at + i);
        }
    }
}

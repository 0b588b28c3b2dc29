package dev.nibble.core.codec;

import dev.nibble.core.tensor.Importance;

/** The error weights of ggml's small codecs with importance: {@code importance × √(mean square of the row + number²)}. */
final class RowWeights {
    private RowWeights() {}

    static float[] of(float[] numbers, int from, int count, Importance importance) {
        float[] weights = new float[count];
        for (int i = 0; i < count; i++) {
            float number = numbers[from + i];
            weights[i] = importance.weight(from + i) * (float) Math.sqrt(importance.rowMeanSquare() + number * number);
        }
        return weights;
    }
}

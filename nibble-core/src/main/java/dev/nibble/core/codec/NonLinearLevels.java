package dev.nibble.core.codec;

import dev.nibble.core.tensor.Importance;

/** The sixteen levels of IQ4_NL and IQ4_XS, denser around zero, and their search for a scale. Public for the vectorized encoders. */
public final class NonLinearLevels {
    /** Numbers that share a scale. */
    public static final int GROUP = 32;
    /** Scales tried on either side of the first one, which puts the largest number at the first level. */
    public static final int TRIES = 7;

    static final int SMALLEST = -127;
    static final int LARGEST = 113;

    private static final byte[] LEVELS = {SMALLEST, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, LARGEST};

    private NonLinearLevels() {}

    public static float level(int code) {
        return LEVELS[code];
    }

    /** The smallest number rounded to level {@code code} or a higher one: the midpoint between two levels. */
    public static float threshold(int code) {
        return 0.5f * (LEVELS[code - 1] + LEVELS[code]);
    }

    /** The nearest level; the higher one at ties. */
    static int code(float x) {
        int code = 0;
        for (int half = LEVELS.length / 2; half > 0; half /= 2) {
            code += x >= threshold(code + half) ? half : 0;
        }
        return code;
    }

    /**
     * The scale of a group: of sixteen tries, the one whose levels, at their best scale, reduce the weighted square error most. Float
     * operations are in the order of ggml's {@code quantize_row_iq4_nl_impl}.
     *
     * @param meanSquare twice the block's, for the weights with importance
     */
    static float scale(float[] numbers, int from, Importance importance, float meanSquare) {
        float extreme = 0;
        for (int i = from; i < from + GROUP; i++) {
            extreme = Math.abs(numbers[i]) > Math.abs(extreme) ? numbers[i] : extreme;
        }
        if (Math.abs(extreme) < BlockScaleSearch.ALL_ZERO) {
            return 0;
        }
        float scale = 0;
        float best = 0;
        for (int attempt = -TRIES - 1; attempt <= TRIES; attempt++) {
            boolean first = attempt < -TRIES;
            float inverse = first ? 1 / (-extreme / LEVELS[0]) : (attempt + LEVELS[0]) / extreme;
            float sumXq = 0;
            float sumQq = 0;
            for (int i = from; i < from + GROUP; i++) {
                float x = numbers[i];
                float level = LEVELS[code(inverse * x)];
                float weight = importance.isEqual() ? x * x : importance.weight(i) * (float) Math.sqrt(meanSquare + x * x);
                sumXq += weight * level * x;
                sumQq += weight * level * level;
            }
            if (first ? sumQq > 0 : sumQq > 0 && sumXq * sumXq > best * sumQq) {
                scale = sumXq / sumQq;
                best = scale * sumXq;
            }
        }
        return scale;
    }

    /** Twice the mean square of {@code count} numbers, a power of two, as in ggml's weights. */
    public static float doubledMeanSquare(float[] numbers, int from, int count) {
        float sum = 0;
        for (int i = from; i < from + count; i++) {
            sum += numbers[i] * numbers[i];
        }
        return sum * (2f / count);
    }
}

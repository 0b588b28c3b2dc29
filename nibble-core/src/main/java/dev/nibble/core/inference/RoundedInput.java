package dev.nibble.core.inference;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.tensor.InputRounding;
import java.util.Arrays;

/**
 * A layer's inputs in 8-bit integers: token {@code t}, column {@code i} stands for {@code codes[t][i] × scales[t]}, but for its outliers,
 * whose codes are 0 and which are kept as they are. Zero points are taken off already, so a code has 9 bits; ints, for a loop that the
 * compiler makes vectors of.
 *
 * @param outliers for every token the columns that were left out, ascending
 */
record RoundedInput(int[][] codes, float[] scales, int[][] outliers) {
    private static final int[] NONE = {};
    private static final float HALF_STEPS = 127.5f; // of 255 steps, between −absmax and absmax
    private static final float STEPS = 255;

    /** @param rounding not {@link InputRounding.None} */
    static RoundedInput of(Matrix x, InputRounding rounding) {
        RoundedInput rounded = new RoundedInput(new int[x.rows()][x.columns()], new float[x.rows()], new int[x.rows()][]);
        for (int token = 0; token < x.rows(); token++) {
            rounded.outliers[token] = NONE;
            switch (rounding) {
                case InputRounding.None none -> throw new IllegalArgumentException("inputs that are not rounded");
                case InputRounding.PerTensor tensor -> rounded.round(x, token, tensor.scale(), tensor.zeroPoint());
                case InputRounding.PerToken perToken -> rounded.roundToken(x, token, perToken.symmetric());
                case InputRounding.AroundOutliers around -> rounded.roundAround(x, token, around.threshold());
            }
        }
        return rounded;
    }

    private void round(Matrix x, int token, float scale, int zero) {
        scales[token] = scale;
        int at = x.at(token);
        for (int i = 0; i < x.columns(); i++) {
            double code = scale == 0 ? zero : Math.rint(x.data()[at + i] / scale) + zero;
            codes[token][i] = (int) Math.clamp(code, Byte.MIN_VALUE, Byte.MAX_VALUE) - zero;
        }
    }

    private void roundToken(Matrix x, int token, boolean symmetric) {
        float smallest = 0;
        float largest = 0;
        for (int i = x.at(token); i < x.at(token) + x.columns(); i++) {
            smallest = Math.min(smallest, x.data()[i]);
            largest = Math.max(largest, x.data()[i]);
        }
        if (symmetric) {
            round(x, token, Math.max(-smallest, largest) / HALF_STEPS, 0);
            return;
        }
        float scale = (largest - smallest) / STEPS;
        double zero = scale == 0 ? 0 : Math.rint(Byte.MIN_VALUE - smallest / scale);
        round(x, token, scale, (int) Math.clamp(zero, Byte.MIN_VALUE, Byte.MAX_VALUE));
    }

    private void roundAround(Matrix x, int token, float threshold) {
        int at = x.at(token);
        int[] columns = new int[x.columns()];
        int count = 0;
        float largest = 0;
        for (int i = 0; i < x.columns(); i++) {
            float magnitude = Math.abs(x.data()[at + i]);
            if (magnitude >= threshold) {
                columns[count++] = i;
            } else {
                largest = Math.max(largest, magnitude);
            }
        }
        outliers[token] = Arrays.copyOf(columns, count);
        round(x, token, largest / Byte.MAX_VALUE, 0);
        for (int column : outliers[token]) {
            codes[token][column] = 0;
        }
    }
}

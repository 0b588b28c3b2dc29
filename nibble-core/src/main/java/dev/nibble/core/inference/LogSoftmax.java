package dev.nibble.core.inference;

import dev.nibble.error.Advice;
import dev.nibble.error.Setting;
import dev.nibble.error.UnsupportedException;

/** Log-softmax in double precision: {@code log p(i) = x(i) − log Σ e^x(j)}. */
public final class LogSoftmax {
    private LogSoftmax() {}

    /**
     * {@code log Σ e^x} over {@code count} values.
     *
     * @throws UnsupportedException if one of them is NaN or +∞, or all are −∞: the model is broken
     */
    public static double logSum(float[] x, int from, int count) {
        float largest = x[from + largest(x, from, count)];
        double sum = 0;
        for (int i = from; i < from + count; i++) {
            sum += Math.exp((double) x[i] - largest);
        }
        return largest + Math.log(sum);
    }

    /** Index of the largest value relative to {@code from}; the first of equals. */
    public static int largest(float[] x, int from, int count) {
        int best = from;
        for (int i = from; i < from + count; i++) {
            if (!(x[i] < Float.POSITIVE_INFINITY)) {
                throw broken(x[i], i - from);
            }
            if (x[i] > x[best]) {
                best = i;
            }
        }
        if (x[best] == Float.NEGATIVE_INFINITY) {
            throw broken(x[best], best - from);
        }
        return best - from;
    }

    private static UnsupportedException broken(float logit, int token) {
        return new UnsupportedException(Advice.of("the model's logit of token %s is %s: its weights are broken, or it leaves the range of"
                + " floats; %s finds odd weights", token, logit, Setting.INSPECT.any()));
    }
}

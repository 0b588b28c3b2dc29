package dev.nibble.core.inference;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.tensor.ActivationQuantization;
import java.util.ArrayList;
import java.util.List;

/**
 * A layer's inputs in 8-bit integers: token {@code t}, column {@code i} is {@code (codes[t][i] − zeros[t]) × scales[t]}, plus its
 * {@link Outlier} if it has one.
 *
 * @param codes −127 to 127, as floats for the matrix products; a scratch matrix to release
 * @param zeros zero points
 * @param rests outliers of every token, columns ascending
 */
record QuantizedActivations(Matrix codes, float[] scales, int[] zeros, List<List<Outlier>> rests) {
    /** Remainder that the code cannot represent: an outlier's whole value, or one step where the code would be −128. */
    record Outlier(int column, float number) {}

    private static final float HALF_STEPS = 127.5f; // of 255 steps, between −absmax and absmax
    private static final float STEPS = 255;

    /** @param rounding any but {@link ActivationQuantization.None} */
    static QuantizedActivations of(Matrix x, ActivationQuantization rounding, Workers workers) {
        List<List<Outlier>> rests = new ArrayList<>();
        for (int token = 0; token < x.rows(); token++) {
            rests.add(new ArrayList<>(0));
        }
        QuantizedActivations rounded = new QuantizedActivations(workers.scratch().acquire(x.rows(), x.columns()), new float[x.rows()],
                new int[x.rows()],
                rests);
        workers.run(x.rows(), 1, (from, to) -> {
            for (int token = from; token < to; token++) {
                rounded.round(x, token, rounding);
            }
        });
        return rounded;
    }

    private void round(Matrix x, int token, ActivationQuantization rounding) {
        switch (rounding) {
            case ActivationQuantization.None none -> throw new IllegalArgumentException("activations without quantization");
            case ActivationQuantization.PerTensor tensor -> round(x, token, tensor.scale(), tensor.zeroPoint(), Float.POSITIVE_INFINITY);
            case ActivationQuantization.PerToken perToken -> roundToken(x, token, perToken.symmetric());
            case ActivationQuantization.OutlierAware outlierAware -> roundBelow(x, token, outlierAware.threshold());
        }
    }

    /** @param threshold magnitude from which values are outliers */
    private void round(Matrix x, int token, float scale, int zero, float threshold) {
        scales[token] = scale;
        zeros[token] = zero;
        int from = x.at(token);
        int to = codes.at(token);
        for (int i = 0; i < x.columns(); i++) {
            float number = x.data()[from + i];
            if (Math.abs(number) >= threshold) {
                codes.data()[to + i] = zero;
                rests.get(token).add(new Outlier(i, number));
                continue;
            }
            double code = scale == 0 ? zero : Math.rint(number / scale) + zero;
            if (code <= Byte.MIN_VALUE) {
                rests.get(token).add(new Outlier(i, -scale));
            }
            codes.data()[to + i] = (float) Math.clamp(code, -Byte.MAX_VALUE, Byte.MAX_VALUE);
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
            round(x, token, Math.max(-smallest, largest) / HALF_STEPS, 0, Float.POSITIVE_INFINITY);
            return;
        }
        float scale = (largest - smallest) / STEPS;
        double zero = scale == 0 ? 0 : Math.rint(Byte.MIN_VALUE - smallest / scale);
        round(x, token, scale, (int) Math.clamp(zero, Byte.MIN_VALUE, Byte.MAX_VALUE), Float.POSITIVE_INFINITY);
    }

    private void roundBelow(Matrix x, int token, float threshold) {
        float largest = 0;
        for (int i = x.at(token); i < x.at(token) + x.columns(); i++) {
            float magnitude = Math.abs(x.data()[i]);
            if (magnitude < threshold) {
                largest = Math.max(largest, magnitude);
            }
        }
        round(x, token, largest / Byte.MAX_VALUE, 0, threshold);
    }
}

package dev.nibble.core.model;

import dev.nibble.core.kernel.Ops;

/**
 * {@code x / √(mean(x²) + ε) · weight}: Zhang and Sennrich 2019, "Root Mean Square Layer Normalization".
 *
 * @param weight one factor per channel
 */
public record RmsNorm(float[] weight, double epsilon, Ops ops) implements Norm {
    @Override
    public int size() {
        return weight.length;
    }

    @Override
    public void apply(float[] source, int from, float[] target, int to) {
        ops.rmsNorm(source, from, target, to, weight, epsilon);
    }
}

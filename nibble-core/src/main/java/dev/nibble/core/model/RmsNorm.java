package dev.nibble.core.model;

/**
 * {@code x / √(mean(x²) + ε) · weight}: Zhang and Sennrich 2019, "Root Mean Square Layer Normalization".
 *
 * @param weight one factor for every number
 */
public record RmsNorm(float[] weight, double epsilon) implements Norm {
    @Override
    public int size() {
        return weight.length;
    }

    @Override
    public void apply(float[] source, int from, float[] target, int to) {
        double sum = 0;
        for (int i = from; i < from + weight.length; i++) {
            sum += (double) source[i] * source[i];
        }
        float scale = (float) (1 / Math.sqrt(sum / weight.length + epsilon));
        for (int i = 0; i < weight.length; i++) {
            target[to + i] = source[from + i] * scale * weight[i];
        }
    }
}

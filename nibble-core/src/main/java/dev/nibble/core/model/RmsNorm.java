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
        float scale = (float) (1 / Math.sqrt(sumOfSquares(source, from, weight.length) / weight.length + epsilon));
        for (int i = 0; i < weight.length; i++) {
            target[to + i] = source[from + i] * scale * weight[i];
        }
    }

    /** Four sums side by side, none of which waits for another. */
    private static double sumOfSquares(float[] x, int from, int count) {
        double a = 0;
        double b = 0;
        double c = 0;
        double d = 0;
        int whole = from + count / 4 * 4;
        for (int i = from; i < whole; i += 4) {
            a += (double) x[i] * x[i];
            b += (double) x[i + 1] * x[i + 1];
            c += (double) x[i + 2] * x[i + 2];
            d += (double) x[i + 3] * x[i + 3];
        }
        for (int i = whole; i < from + count; i++) {
            a += (double) x[i] * x[i];
        }
        return a + b + (c + d);
    }
}

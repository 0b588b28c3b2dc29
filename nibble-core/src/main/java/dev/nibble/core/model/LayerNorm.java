package dev.nibble.core.model;

/**
 * {@code (x − mean) / √(variance + ε) · weight + bias}: Ba, Kiros and Hinton 2016, "Layer Normalization".
 *
 * @param bias one per channel; all zero if the family has none
 */
public record LayerNorm(float[] weight, float[] bias, double epsilon) implements Norm {
    @Override
    public int size() {
        return weight.length;
    }

    @Override
    public void apply(float[] source, int from, float[] target, int to) {
        int size = weight.length;
        double mean = 0;
        for (int i = from; i < from + size; i++) {
            mean += source[i];
        }
        mean /= size;
        double variance = 0;
        for (int i = from; i < from + size; i++) {
            double difference = source[i] - mean;
            variance += difference * difference;
        }
        double scale = 1 / Math.sqrt(variance / size + epsilon);
        for (int i = 0; i < size; i++) {
            target[to + i] = (float) ((source[from + i] - mean) * scale) * weight[i] + bias[i];
        }
    }
}

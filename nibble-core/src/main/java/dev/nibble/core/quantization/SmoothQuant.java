package dev.nibble.core.quantization;

import dev.nibble.core.kernel.Matrix;
import java.util.List;

/**
 * SmoothQuant: moves outliers from activations into weights, so that both fit 8 bits. Columns of the weights are multiplied by the scale
 * and their input divided by it, in the layer that produces the input.
 *
 * <pre>
 *   s_j = max|x_j|^strength / max|w_j|^(1 − strength), at least 1e-5
 * </pre>
 *
 * Xiao et al. 2022, "SmoothQuant", equation 4.
 *
 * @param strength 0 leaves all outliers to the activations, 1 moves all into the weights; 0.5 for OPT, 0.85 for Llama 2, 0.8 for Mistral
 */
public record SmoothQuant(double strength) {
    public static final SmoothQuant DEFAULT = new SmoothQuant(0.5);

    private static final double LEAST = 1e-5;

    public SmoothQuant {
        if (!(strength >= 0 && strength <= 1)) {
            throw new IllegalArgumentException("strength is " + strength + ", expected 0 to 1");
        }
    }

    /** The scale of layers that share an input; 1 where a channel has no input or no weight. */
    public float[] scale(List<Matrix> weights, Statistics inputs) {
        int columns = weights.getFirst().columns();
        double[] largest = inputs.require(AbsMax.class, columns, "smoothquant").values();
        double[] weight = new double[columns];
        for (Matrix matrix : weights) {
            for (int row = 0; row < matrix.rows(); row++) {
                for (int i = 0; i < columns; i++) {
                    weight[i] = Math.max(weight[i], Math.abs(matrix.data()[matrix.at(row) + i]));
                }
            }
        }
        float[] scale = new float[columns];
        for (int i = 0; i < columns; i++) {
            boolean dead = largest[i] == 0 || weight[i] == 0;
            scale[i] = dead ? 1 : (float) Math.max(LEAST, Math.pow(largest[i], strength) / Math.pow(weight[i], 1 - strength));
        }
        return scale;
    }
}

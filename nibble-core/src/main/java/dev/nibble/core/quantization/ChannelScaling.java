package dev.nibble.core.quantization;

import dev.nibble.core.kernel.Matrix;

/** Scales of a weight's input channels. */
final class ChannelScaling {
    private ChannelScaling() {}

    /** {@code W · diag(scale)}: a new matrix. */
    public static Matrix multiplied(Matrix weight, float[] scale) {
        return scaled(weight, scale, false);
    }

    /** {@code W · diag(1/scale)}: a new matrix. */
    public static Matrix divided(Matrix weight, float[] scale) {
        return scaled(weight, scale, true);
    }

    private static Matrix scaled(Matrix weight, float[] scale, boolean inverse) {
        if (scale.length != weight.columns()) {
            throw new IllegalArgumentException("a scale of " + scale.length + " channels for " + weight.columns() + " columns");
        }
        Matrix scaled = Matrix.of(weight.rows(), weight.columns());
        for (int row = 0; row < weight.rows(); row++) {
            for (int i = 0; i < scale.length; i++) {
                float number = weight.data()[weight.at(row) + i];
                scaled.data()[scaled.at(row) + i] = inverse ? number / scale[i] : number * scale[i];
            }
        }
        return scaled;
    }
}

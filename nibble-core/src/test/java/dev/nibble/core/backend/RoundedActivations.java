package dev.nibble.core.backend;

import dev.nibble.core.kernel.Matrix;

/** Quantization of activations in plain code: 8 bits, with a step per 32 columns. */
public final class RoundedActivations {
    private static final int RUN = 32;
    private static final float SMALLEST = 0x1p-100f;

    private RoundedActivations() {}

    /** Codes times steps. A sub-block with a NaN is NaN. */
    public static Matrix of(Matrix x) {
        Matrix rounded = Matrix.of(x.rows(), x.columns());
        for (int row = 0; row < x.rows(); row++) {
            for (int i = 0; i < x.columns(); i += RUN) {
                run(x.data(), x.at(row) + i, rounded.data(), rounded.at(row) + i);
            }
        }
        return rounded;
    }

    private static void run(float[] x, int from, float[] target, int to) {
        float largest = SMALLEST;
        for (int i = 0; i < RUN; i++) {
            largest = Math.max(largest, Math.abs(x[from + i]));
        }
        float perStep = 127 / largest;
        float step = largest / 127;
        for (int i = 0; i < RUN; i++) {
            float code = (float) Math.rint(x[from + i] * perStep);
            target[to + i] = Float.isFinite(step) ? code * step : step * x[from + i];
        }
    }
}

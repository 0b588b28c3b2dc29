package dev.nibble.core.inference;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.model.Linear;
import java.util.Optional;

/** A linear layer whose matrix is stored without its factor, {@code NAME.scale} in GGUF. */
record ScaledLinear(Linear layer, float factor, Optional<float[]> bias) implements Linear {
    @Override
    public int inputs() {
        return layer.inputs();
    }

    @Override
    public int outputs() {
        return layer.outputs();
    }

    @Override
    public void apply(Matrix x, Matrix y) {
        layer.apply(x, y);
        for (int row = 0; row < y.rows(); row++) {
            for (int i = 0; i < y.columns(); i++) {
                y.data()[y.at(row) + i] *= factor;
            }
        }
        bias.ifPresent(addend -> DenseLinear.addBias(addend, y, 0, y.columns()));
    }
}

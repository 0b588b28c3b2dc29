package dev.nibble.core.inference;

import dev.nibble.core.kernel.MatMul;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.model.Linear;
import dev.nibble.core.tensor.Tensor;
import java.util.Optional;

/** A linear layer computed by one kernel. */
record DenseLinear(Tensor weight, MatMul kernel, Optional<float[]> bias, Workers workers) implements Linear {
    @Override
    public int inputs() {
        return (int) weight.columns();
    }

    @Override
    public int outputs() {
        return (int) weight.rows();
    }

    @Override
    public void apply(Matrix x, Matrix y) {
        Products.check(x, y, inputs(), outputs());
        Products.run(kernel.start(x, y), x, y, kernel.grain(), workers,
                (from, to) -> bias.ifPresent(addend -> addBias(addend, y, from, to)));
    }

    /** Adds the bias of outputs {@code from} to {@code to} to every row. */
    static void addBias(float[] bias, Matrix y, int from, int to) {
        for (int row = 0; row < y.rows(); row++) {
            for (int i = from; i < to; i++) {
                y.data()[y.at(row) + i] += bias[i];
            }
        }
    }
}

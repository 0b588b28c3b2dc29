package dev.nibble.core.inference;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.model.Linear;
import java.util.List;
import java.util.Optional;

/** A linear layer split by input columns; the products of its parts are added. */
record ColumnSplitLinear(List<Linear> parts, Optional<float[]> bias) implements Linear {
    @Override
    public int inputs() {
        return parts.stream().mapToInt(Linear::inputs).sum();
    }

    @Override
    public int outputs() {
        return parts.getFirst().outputs();
    }

    @Override
    public void apply(Matrix x, Matrix y) {
        Matrix product = Matrix.of(y.rows(), y.columns());
        int column = 0;
        for (Linear part : parts) {
            Matrix some = Matrix.of(x.rows(), part.inputs());
            for (int row = 0; row < x.rows(); row++) {
                System.arraycopy(x.data(), x.at(row) + column, some.data(), some.at(row), some.columns());
            }
            part.apply(some, column == 0 ? y : product);
            for (int row = 0; column > 0 && row < y.rows(); row++) {
                for (int i = 0; i < y.columns(); i++) {
                    y.data()[y.at(row) + i] += product.data()[product.at(row) + i];
                }
            }
            column += part.inputs();
        }
        bias.ifPresent(addend -> DenseLinear.addBias(addend, y, 0, y.columns()));
    }
}

package dev.nibble.core.backend.x86.matmul;

import dev.nibble.core.kernel.MatMul;
import dev.nibble.core.kernel.Matrix;

/** A matrix product that prepares activations first. */
public interface PreparedMatMul extends MatMul {
    int inputs();

    int outputs();

    /** Starts a product of matrices with checked shapes. */
    Product begin(Matrix x, Matrix y);

    /** The same with integers from −127 to 127, used unchanged. */
    default Product beginIntegers(Matrix x, Matrix y) {
        return begin(x, y);
    }

    @Override
    default int grain() {
        return Panel.ROWS;
    }

    @Override
    default void multiply(Matrix x, Matrix y, int from, int to) {
        try (Product product = start(x, y)) {
            product.ready(0, product.rows());
            product.compute(from, to);
        }
    }

    @Override
    default Product start(Matrix x, Matrix y) {
        check(x, y);
        return begin(x, y);
    }

    @Override
    default Product startIntegers(Matrix x, Matrix y) {
        check(x, y);
        return beginIntegers(x, y);
    }

    private void check(Matrix x, Matrix y) {
        if (x.columns() != inputs() || y.columns() != outputs() || x.rows() != y.rows()) {
            throw new IllegalArgumentException(x.rows() + "×" + x.columns() + " times a weight of " + outputs() + "×" + inputs() + " into "
                    + y.rows() + "×" + y.columns());
        }
    }
}

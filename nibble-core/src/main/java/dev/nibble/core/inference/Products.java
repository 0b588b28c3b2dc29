package dev.nibble.core.inference;

import dev.nibble.core.kernel.MatMul;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;

/** Splits a matrix product over worker threads. */
final class Products {
    private static final long MIN_PER_THREAD = 1 << 15; // multiplications

    private Products() {}

    /** Checks that the shapes match. */
    static void check(Matrix x, Matrix y, int inputs, int outputs) {
        if (x.columns() != inputs || y.columns() != outputs || x.rows() != y.rows()) {
            throw new IllegalArgumentException(
                    x.rows() + "×" + x.columns() + " times " + outputs + "×" + inputs + " into " + y.rows() + "×" + y.columns());
        }
    }

    /**
     * Computes y.
     *
     * @param product product of x, closed at the end
     * @param grain granularity of the kernel's outputs
     * @param finish work on computed columns of y
     */
    static void run(MatMul.Product product, Matrix x, Matrix y, int grain, Workers workers, Workers.Work finish) {
        try (product) {
            workers.run(product.rows(), grain(1, x.columns()), product::ready);
            workers.run(y.columns(), Math.ceilDiv(grain(x.rows(), x.columns()), grain) * grain, (from, to) -> {
                product.compute(from, to);
                finish.run(from, to);
            });
        }
    }

    /** Least work worth waking a thread for, in items. */
    private static int grain(int rows, int inputs) {
        return (int) Math.max(1, MIN_PER_THREAD / Math.max(1L, (long) rows * inputs));
    }
}

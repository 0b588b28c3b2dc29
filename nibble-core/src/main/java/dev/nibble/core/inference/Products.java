package dev.nibble.core.inference;

import dev.nibble.core.kernel.MatMul;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;

/** Shares out a product with a weight. */
final class Products {
    private static final long WORTH_A_THREAD = 1 << 15; // multiplications

    private Products() {}

    /** The shapes that go with each other. */
    static void check(Matrix x, Matrix y, int inputs, int outputs) {
        if (x.columns() != inputs || y.columns() != outputs || x.rows() != y.rows()) {
            throw new IllegalArgumentException(
                    x.rows() + "×" + x.columns() + " times " + outputs + "×" + inputs + " into " + y.rows() + "×" + y.columns());
        }
    }

    /**
     * Computes y.
     *
     * @param product of x; is closed
     * @param grain   the kernel's
     * @param finish  what is done with columns of y that are computed
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

    /** Items of work that make a thread worth waking. */
    private static int grain(int rows, int inputs) {
        return (int) Math.max(1, WORTH_A_THREAD / Math.max(1L, (long) rows * inputs));
    }
}

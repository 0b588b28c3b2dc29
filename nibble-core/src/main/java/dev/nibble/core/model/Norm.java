package dev.nibble.core.model;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;

/** Normalises every row. */
public sealed interface Norm permits RmsNorm, LayerNorm {
    /** Length of the normalised vectors. */
    int size();

    /** {@code target[to…] = norm(source[from…])}; the two may be the same. */
    void apply(float[] source, int from, float[] target, int to);

    /** Normalises row by row; x and y may be the same. */
    default void apply(Matrix x, Matrix y, Workers workers) {
        workers.run(x.rows(), 1, (from, to) -> {
            for (int row = from; row < to; row++) {
                apply(x.data(), x.at(row), y.data(), y.at(row));
            }
        });
    }
}

package dev.nibble.core.quantization;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;

/**
 * A calibration statistic of a layer's inputs. Parts gathered separately, by threads or machines, can be merged.
 *
 * <p>
 * <b>Bitwise reproducible.</b> One call of {@link #observe} sums its matrix row after row; threads divide columns, never rows. These sums
 * are added exactly: those of columns in {@link dev.nibble.core.linalg.ExactSums}, those of a Hessian on a {@link
 * dev.nibble.core.linalg.SumGrid}. So statistics of some windows of a text each, merged in any order, equal bit for bit the statistic of
 * all of them.
 */
public sealed interface Statistic<S extends Statistic<S>> permits AbsMax, MeanAbs, MeanSquare, Hessian {
    /** Elements per input. */
    int columns();

    /** Inputs seen. */
    long rows();

    /**
     * @param input rows × {@link #columns}
     * @throws dev.nibble.error.UnsupportedException if the matrix contains NaN or an infinity
     */
    void observe(Matrix input, Workers workers);

    /**
     * Adds the inputs of another one.
     *
     * @throws IllegalArgumentException if it has other columns, or its sums are on another grid
     * @throws IllegalStateException    if one of the two was read from a file
     */
    void merge(S other);
}

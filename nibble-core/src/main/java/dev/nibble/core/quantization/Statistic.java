package dev.nibble.core.quantization;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;

/**
 * What calibration remembers of a layer's inputs. Parts gathered apart, by threads or machines, merge into one.
 *
 * <p>
 * <b>The same bits, whoever gathers.</b> One call of {@link #observe} sums its matrix by itself, row after row; threads share out columns,
 * never rows. These sums are added exactly: those of columns in {@link dev.nibble.core.linalg.ExactSums}, those of a Hessian on a
 * {@link dev.nibble.core.linalg.SumGrid}. So statistics that saw some windows of a text each, merged in any order, equal bit for bit the one
 * that saw all of them.
 */
public sealed interface Statistic<S extends Statistic<S>> permits AbsMax, MeanAbs, MeanSquare, Hessian {
    /** Numbers in an input. */
    int columns();

    /** Inputs seen. */
    long rows();

    /**
     * @param input rows × {@link #columns}
     * @throws dev.nibble.error.UnsupportedException if the matrix has NaN or an infinity in it
     */
    void observe(Matrix input, Workers workers);

    /**
     * Adds what another one saw.
     *
     * @throws IllegalArgumentException if it has other columns, or its sums are on another grid
     * @throws IllegalStateException    if one of the two was read from a file
     */
    void merge(S other);
}

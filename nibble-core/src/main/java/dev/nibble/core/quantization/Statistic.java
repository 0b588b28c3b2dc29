package dev.nibble.core.quantization;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;

/**
 * What calibration remembers of a layer's inputs. Parts gathered apart, by threads or machines, merge into one.
 *
 * <p>
 * <b>The same bits, whoever gathers.</b> Sums are doubles. One call of {@link #observe} sums its matrix by itself, row after row, and adds
 * that sum to what there was; threads share out columns, never rows. So statistics that saw one chunk of the text each, merged in the order
 * of the chunks, equal bit for bit the one that saw all chunks in that order.
 */
public sealed interface Statistic<S extends Statistic<S>> permits AbsMax, MeanAbs, MeanSquare, Hessian {
    /** Numbers in an input. */
    int columns();

    /** Inputs seen. */
    long rows();

    /**
     * @param input rows × {@link #columns}
     * @throws IllegalArgumentException if the matrix has other columns, or NaN or an infinity in it
     */
    void observe(Matrix input, Workers workers);

    /** Adds what another one saw after this one. */
    void merge(S other);
}

package dev.nibble.core.quantization;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;

/** The mean square of every column of the inputs: llama.cpp's importance matrix, proportional to the diagonal of the Hessian. */
public final class MeanSquare implements Statistic<MeanSquare> {
    private final ColumnSums sums;

    public MeanSquare(int columns) {
        this(new ColumnSums(columns));
    }

    private MeanSquare(ColumnSums sums) {
        this.sums = sums;
    }

    /** Stored sums. @param rows inputs they were taken from */
    public static MeanSquare of(double[] sums, long rows) {
        return new MeanSquare(new ColumnSums(sums.clone(), rows));
    }

    @Override
    public int columns() {
        return sums.columns();
    }

    @Override
    public long rows() {
        return sums.rows();
    }

    @Override
    public void observe(Matrix input, Workers workers) {
        sums.observe(input, (sum, x) -> sum + (double) x * x);
    }

    @Override
    public void merge(MeanSquare other) {
        sums.merge(other.sums);
    }

    /** The sums of the columns; not to be modified. */
    public double[] sums() {
        return sums.sums();
    }

    /** The mean of every column; zeros before any input. */
    public float[] means() {
        return sums.means();
    }
}

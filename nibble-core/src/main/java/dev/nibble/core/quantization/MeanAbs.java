package dev.nibble.core.quantization;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;

/** The mean magnitude of every column of the inputs: AWQ's measure of a channel's salience. */
public final class MeanAbs implements Statistic<MeanAbs> {
    private final ColumnSums sums;

    public MeanAbs(int columns) {
        this(new ColumnSums(columns));
    }

    private MeanAbs(ColumnSums sums) {
        this.sums = sums;
    }

    /** Stored sums. @param rows inputs they were taken from */
    public static MeanAbs of(double[] sums, long rows) {
        return new MeanAbs(new ColumnSums(sums.clone(), rows));
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
        sums.observe(input, (sum, x) -> sum + Math.abs(x));
    }

    @Override
    public void merge(MeanAbs other) {
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

package dev.nibble.core.quantization;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;

/** The mean magnitude of every column of the inputs: how salient AWQ takes a channel to be. */
public final class MeanAbs implements Statistic<MeanAbs> {
    private final double[] sums;
    private long rows;

    public MeanAbs(int columns) {
        this(new double[columns], 0);
    }

    private MeanAbs(double[] sums, long rows) {
        this.sums = sums;
        this.rows = rows;
    }

    /** One read back: the sums and how many inputs they are of. */
    public static MeanAbs of(double[] sums, long rows) {
        return new MeanAbs(sums.clone(), rows);
    }

    @Override
    public int columns() {
        return sums.length;
    }

    @Override
    public long rows() {
        return rows;
    }

    @Override
    public void observe(Matrix input, Workers workers) {
        ColumnStatistic.check(input, sums.length);
        ColumnStatistic.add(sums, ColumnStatistic.fold(input, (sum, x) -> sum + Math.abs(x)));
        rows += input.rows();
    }

    @Override
    public void merge(MeanAbs other) {
        ColumnStatistic.check(sums.length, other.sums.length);
        ColumnStatistic.add(sums, other.sums);
        rows += other.rows;
    }

    /** The sums of the columns; not to be changed. */
    public double[] sums() {
        return sums;
    }

    /** The mean of every column; zeros before anything was seen. */
    public float[] means() {
        return ColumnStatistic.means(sums, rows);
    }
}

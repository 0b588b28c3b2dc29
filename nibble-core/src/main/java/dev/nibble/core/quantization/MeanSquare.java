package dev.nibble.core.quantization;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;

/** The mean square of every column of the inputs: llama.cpp's importance matrix, and the diagonal of the Hessian but for a factor. */
public final class MeanSquare implements Statistic<MeanSquare> {
    private final double[] sums;
    private long rows;

    public MeanSquare(int columns) {
        this(new double[columns], 0);
    }

    private MeanSquare(double[] sums, long rows) {
        this.sums = sums;
        this.rows = rows;
    }

    /** One read back: the sums and how many inputs they are of. */
    public static MeanSquare of(double[] sums, long rows) {
        return new MeanSquare(sums.clone(), rows);
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
        ColumnStatistic.add(sums, ColumnStatistic.fold(input, (sum, x) -> sum + (double) x * x));
        rows += input.rows();
    }

    @Override
    public void merge(MeanSquare other) {
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

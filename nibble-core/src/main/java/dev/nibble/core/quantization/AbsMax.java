package dev.nibble.core.quantization;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;

/** The largest magnitude in every column of the inputs, for SmoothQuant and static activation scales. */
public final class AbsMax implements Statistic<AbsMax> {
    private final double[] largest;
    private long rows;

    public AbsMax(int columns) {
        this(new double[columns], 0);
    }

    private AbsMax(double[] largest, long rows) {
        this.largest = largest;
        this.rows = rows;
    }

    /** A stored statistic. @param rows inputs it was taken from */
    public static AbsMax of(double[] largest, long rows) {
        return new AbsMax(largest.clone(), rows);
    }

    @Override
    public int columns() {
        return largest.length;
    }

    @Override
    public long rows() {
        return rows;
    }

    @Override
    public void observe(Matrix input, Workers workers) {
        ColumnStatistic.check(input, largest.length);
        raise(ColumnStatistic.fold(input, (before, x) -> Math.max(before, Math.abs(x))));
        rows += input.rows();
    }

    @Override
    public void merge(AbsMax other) {
        ColumnStatistic.check(largest.length, other.largest.length);
        raise(other.largest);
        rows += other.rows;
    }

    private void raise(double[] others) {
        for (int i = 0; i < largest.length; i++) {
            largest[i] = Math.max(largest[i], others[i]);
        }
    }

    /** The largest magnitude of every column; not to be modified. */
    public double[] values() {
        return largest;
    }
}

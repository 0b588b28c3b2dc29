package dev.nibble.core.quantization;

import dev.nibble.core.kernel.Matrix;

/** A sum for every column of the inputs, and how many inputs it is of: what the statistics that are means have in common. */
final class ColumnSums {
    private final double[] sums;
    private long rows;

    ColumnSums(double[] sums, long rows) {
        this.sums = sums;
        this.rows = rows;
    }

    int columns() {
        return sums.length;
    }

    long rows() {
        return rows;
    }

    /** @param step adds an input to the sum of its column */
    void observe(Matrix input, ColumnStatistic.Step step) {
        ColumnStatistic.check(input, sums.length);
        ColumnStatistic.add(sums, ColumnStatistic.fold(input, step));
        rows += input.rows();
    }

    void merge(ColumnSums other) {
        ColumnStatistic.check(sums.length, other.sums.length);
        ColumnStatistic.add(sums, other.sums);
        rows += other.rows;
    }

    /** Not to be changed. */
    double[] sums() {
        return sums;
    }

    /** The mean of every column; zeros before anything was seen. */
    float[] means() {
        return ColumnStatistic.means(sums, rows);
    }
}

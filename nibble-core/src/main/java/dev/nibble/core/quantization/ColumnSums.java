package dev.nibble.core.quantization;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.linalg.ExactSums;
import java.util.Optional;

/** A sum per column of the inputs and the number of inputs: common to the statistics that are means. */
final class ColumnSums {
    private final double[] finished;
    private final Optional<ExactSums> sums; // empty if read from a file
    private long rows;

    ColumnSums(int columns) {
        this.finished = new double[columns];
        this.sums = Optional.of(new ExactSums(columns));
    }

    /** Finished sums. */
    ColumnSums(double[] sums, long rows) {
        this.finished = sums;
        this.sums = Optional.empty();
        this.rows = rows;
    }

    int columns() {
        return finished.length;
    }

    long rows() {
        return rows;
    }

    /** @param step adds an input to the sum of its column */
    void observe(Matrix input, ColumnStatistic.Step step) {
        ColumnStatistic.check(input, columns());
        gathered().add(ColumnStatistic.fold(input, step));
        rows += input.rows();
    }

    void merge(ColumnSums other) {
        ColumnStatistic.check(columns(), other.columns());
        gathered().add(other.gathered());
        rows += other.rows;
    }

    private ExactSums gathered() {
        return sums.orElseThrow(
                () -> new IllegalStateException("sums read from a file are rounded: gather them again with all the text they should see"));
    }

    /** Sums, each rounded once; not to be modified. */
    double[] sums() {
        return sums.map(ExactSums::rounded).orElse(finished);
    }

    /** The mean of every column; zeros before any input. */
    float[] means() {
        return ColumnStatistic.means(sums(), rows);
    }
}

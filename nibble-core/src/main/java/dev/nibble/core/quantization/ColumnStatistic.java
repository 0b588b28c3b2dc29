package dev.nibble.core.quantization;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.error.UnsupportedException;

/** Common code of the statistics with one value per column. */
final class ColumnStatistic {
    /** Updates the value of a column with an input. */
    @FunctionalInterface
    interface Step {
        double next(double before, float input);
    }

    private ColumnStatistic() {}

    static void check(Matrix input, int columns) {
        if (input.columns() != columns) {
            throw new IllegalArgumentException("inputs of " + input.columns() + " numbers for a statistic of " + columns);
        }
        for (int row = 0; row < input.rows(); row++) {
            for (int i = 0; i < columns; i++) {
                if (!Float.isFinite(input.data()[input.at(row) + i])) {
                    throw new UnsupportedException("input " + row + " has " + input.data()[input.at(row) + i] + " in column " + i
                            + ": the model produces NaN or infinity on this text");
                }
            }
        }
    }

    static void check(int columns, int otherColumns) {
        if (columns != otherColumns) {
            throw new IllegalArgumentException("statistics of " + columns + " and " + otherColumns + " columns do not merge");
        }
    }

    /** {@code Σ x²} of every column. */
    static double[] energies(Matrix input, int columns) {
        double[] energies = new double[columns];
        if (input.columns() == columns) {
            for (int row = 0; row < input.rows(); row++) {
                addSquares(energies, input.data(), input.at(row));
            }
        }
        for (double energy : energies) {
            if (input.columns() != columns || !Double.isFinite(energy)) {
                check(input, columns);
            }
        }
        return energies;
    }

    private static void addSquares(double[] sums, float[] numbers, int from) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += (double) numbers[from + i] * numbers[from + i];
        }
    }

    /** Folds every column of a matrix, starting from 0. */
    static double[] fold(Matrix input, Step step) {
        double[] folded = new double[input.columns()];
        for (int row = 0; row < input.rows(); row++) {
            int at = input.at(row);
            for (int i = 0; i < folded.length; i++) {
                folded[i] = step.next(folded[i], input.data()[at + i]);
            }
        }
        return folded;
    }

    static void add(double[] sums, double[] more) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += more[i];
        }
    }

    static float[] means(double[] sums, long rows) {
        float[] means = new float[sums.length];
        for (int i = 0; i < sums.length; i++) {
            means[i] = rows == 0 ? 0 : (float) (sums[i] / rows);
        }
        return means;
    }
}

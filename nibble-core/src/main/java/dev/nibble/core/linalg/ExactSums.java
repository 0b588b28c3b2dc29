package dev.nibble.core.linalg;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/**
 * Exact sums of doubles, one per column: the rounding error of an addition goes to the next of several arrays, so the total of all arrays
 * is exact, and rounded once when it is read. It does not depend on the order or grouping of the additions. Two or three arrays are
 * typical; the maximum is the exponent range of the numbers divided by 53 bits. Shewchuk 1997, "Adaptive Precision Floating-Point
 * Arithmetic", theorem 7.
 */
public final class ExactSums {
    private final int columns;
    private final List<double[]> levels = new ArrayList<>();

    public ExactSums(int columns) {
        this.columns = columns;
    }

    /** Adds a number to the sum of every column. */
    public void add(double[] numbers) {
        double[] rest = numbers.clone();
        for (int level = 0; isSome(rest); level++) {
            if (level == levels.size()) {
                levels.add(new double[columns]);
            }
            addTo(levels.get(level), rest);
        }
    }

    public void add(ExactSums others) {
        others.levels.forEach(this::add);
    }

    private static boolean isSome(double[] numbers) {
        for (double number : numbers) {
            if (number != 0) {
                return true;
            }
        }
        return false;
    }

    /** Adds; the rounding errors replace the numbers added. */
    private static void addTo(double[] sums, double[] numbers) {
        for (int i = 0; i < sums.length; i++) {
            double before = sums[i];
            double sum = before + numbers[i];
            double added = sum - before;
            numbers[i] = before - (sum - added) + (numbers[i] - added);
            sums[i] = sum;
        }
    }

    /** The exact sums, each rounded once. */
    public double[] rounded() {
        double[] rounded = new double[columns];
        for (int i = 0; i < columns; i++) {
            rounded[i] = rounded(i);
        }
        return rounded;
    }

    private double rounded(int column) {
        double sum = 0;
        int parts = 0;
        for (double[] level : levels) {
            sum += level[column];
            parts += level[column] == 0 ? 0 : 1;
        }
        return parts <= 2
                ? sum
                : levels.stream().map(level -> new BigDecimal(level[column])).reduce(BigDecimal.ZERO, BigDecimal::add).doubleValue();
    }
}

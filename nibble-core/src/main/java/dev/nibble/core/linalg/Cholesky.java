package dev.nibble.core.linalg;

import dev.nibble.core.kernel.Workers;
import java.util.Optional;

/**
 * The factor of a symmetric positive definite matrix: {@code A = L · Lᵀ}, L lower triangular with a positive diagonal. In double; every
 * number is the same whatever the thread count, because each entry takes its terms in ascending order.
 *
 * <p>
 * A triangle is an array of rows, so its size is bounded by memory only: row {@code i} of a lower one has {@code i + 1} numbers. Work:
 * {@code size³/3} multiplications. Golub and Van Loan, "Matrix Computations", 4.2.
 */
public final class Cholesky {
    private static final int PANEL = 64;
    private static final int TILE = 256;

    private final double[][] lower;

    private Cholesky(double[][] lower) {
        this.lower = lower;
    }

    /** The entries of a symmetric matrix. */
    @FunctionalInterface
    public interface Entries {
        double at(int row, int column);
    }

    /**
     * Factors a matrix; only its lower triangle is read.
     *
     * @return empty if the matrix is not positive definite in this precision, or has NaN in it
     */
    public static Optional<Cholesky> of(int size, Entries matrix, Workers workers) {
        double[][] lower = new double[size][];
        workers.run(size, 1, (from, to) -> {
            for (int row = from; row < to; row++) {
                lower[row] = new double[row + 1];
                for (int column = 0; column <= row; column++) {
                    lower[row][column] = matrix.at(row, column);
                }
            }
        });
        return factorInPlace(lower, workers) ? Optional.of(new Cholesky(lower)) : Optional.empty();
    }

    /** Factors panel by panel: each panel, once factored, is subtracted from all columns right of it. */
    private static boolean factorInPlace(double[][] a, Workers workers) {
        int size = a.length;
        for (int first = 0; first < size; first += PANEL) {
            int end = Math.min(first + PANEL, size);
            if (!factorPanel(a, first, end)) {
                return false;
            }
            double[][] columns = transposed(a, first, end);
            int from = first;
            workers.run(size - end, 1, (i, to) -> {
                for (int row = end + i; row < end + to; row++) {
                    subtractPanel(a[row], row, from, end, columns);
                }
            });
        }
        return true;
    }

    private static boolean factorPanel(double[][] a, int first, int end) {
        for (int k = first; k < end; k++) {
            double pivot = a[k][k];
            if (!(pivot > 0) || Double.isInfinite(pivot)) {
                return false;
            }
            double root = Math.sqrt(pivot);
            a[k][k] = root;
            for (int row = k + 1; row < a.length; row++) {
                double factor = a[row][k] / root;
                a[row][k] = factor;
                int last = Math.min(row, end - 1);
                for (int column = k + 1; column <= last; column++) {
                    // entries of column k are final above the current row, and in the panel's own rows
                    a[row][column] -= factor * (column == row ? factor : a[column][k]);
                }
            }
        }
        return true;
    }

    /** Columns of the panel, one array each; of rows {@code end} to the last. */
    private static double[][] transposed(double[][] a, int first, int end) {
        double[][] columns = new double[end - first][a.length - end];
        for (int row = end; row < a.length; row++) {
            for (int k = first; k < end; k++) {
                columns[k - first][row - end] = a[row][k];
            }
        }
        return columns;
    }

    private static void subtractPanel(double[] target, int row, int first, int end, double[][] columns) {
        for (int tile = end; tile <= row; tile += TILE) {
            int to = Math.min(tile + TILE, row + 1);
            for (int k = first; k < end; k++) {
                subtract(target, tile, target[k], columns[k - first], tile - end, to - tile);
            }
        }
    }

    private static void subtract(double[] target, int at, double factor, double[] source, int from, int count) {
        for (int i = 0; i < count; i++) {
            target[at + i] -= factor * source[from + i];
        }
    }

    public int size() {
        return lower.length;
    }

    /** L; not to be changed. */
    public double[][] lower() {
        return lower;
    }

    /** L⁻¹, lower triangular too. */
    public double[][] inverseOfLower(Workers workers) {
        double[][] inverse = new double[size()][];
        for (int row = 0; row < size(); row++) {
            inverse[row] = new double[row + 1];
        }
        int tiles = Math.ceilDiv(size(), TILE);
        workers.run(tiles, 1, (from, to) -> {
            for (int tile = from; tile < to; tile++) {
                invertColumns(inverse, tile * TILE, Math.min((tile + 1) * TILE, size()));
            }
        });
        return inverse;
    }

    private void invertColumns(double[][] inverse, int first, int end) {
        for (int row = first; row < size(); row++) {
            int count = Math.min(row + 1, end) - first;
            if (row < end) {
                inverse[row][row] = 1;
            }
            for (int k = first; k < row; k++) {
                subtract(inverse[row], first, lower[row][k], inverse[k], first, Math.min(k + 1, end) - first);
            }
            double pivot = lower[row][row];
            for (int i = 0; i < count; i++) {
                inverse[row][first + i] /= pivot;
            }
        }
    }

    /**
     * U of {@code A⁻¹ = Uᵀ · U}, upper triangular with a positive diagonal: GPTQ's weights for feeding errors back. The inverse itself is never
     * computed: with the order of rows and columns reversed, U is the inverse of the factor of A. Takes {@code size · (size + 1)} doubles.
     *
     * @return row {@code k} from column {@code k} on; empty if the matrix is not positive definite
     */
    public static Optional<double[][]> upperFactorOfInverse(int size, Entries matrix, Workers workers) {
        return of(size, (row, column) -> matrix.at(size - 1 - row, size - 1 - column), workers).map(factor -> {
            double[][] upper = factor.inverseOfLower(workers);
            for (double[] row : upper) {
                reverse(row);
            }
            for (int i = 0, j = size - 1; i < j; i++, j--) {
                double[] row = upper[i];
                upper[i] = upper[j];
                upper[j] = row;
            }
            return upper;
        });
    }

    private static void reverse(double[] row) {
        for (int i = 0, j = row.length - 1; i < j; i++, j--) {
            double number = row[i];
            row[i] = row[j];
            row[j] = number;
        }
    }
}

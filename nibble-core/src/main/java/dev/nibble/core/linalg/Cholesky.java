package dev.nibble.core.linalg;

import dev.nibble.core.kernel.Workers;
import java.util.Arrays;
import java.util.Optional;

/**
 * The factor of a symmetric positive definite matrix: {@code A = L · Lᵀ}, L lower triangular with a positive diagonal. In double; every
 * number is the same whatever the thread count, because each entry takes its terms in ascending order.
 *
 * <p>
 * Matrices are {@code size × size}, row after row. Work: {@code size³/3} multiplications. Golub and Van Loan, "Matrix Computations", 4.2.
 */
public final class Cholesky {
    private static final int PANEL = 64;
    private static final int TILE = 256;

    private final int size;
    private final double[] lower;

    private Cholesky(int size, double[] lower) {
        this.size = size;
        this.lower = lower;
    }

    /**
     * Factors a matrix; only its lower triangle is read. Takes as much memory again.
     *
     * @return empty if the matrix is not positive definite in this precision, or has NaN in it
     */
    public static Optional<Cholesky> of(double[] matrix, int size, Workers workers) {
        return factorInPlace(copyOf(matrix, size), size, workers);
    }

    private static double[] copyOf(double[] matrix, int size) {
        if (matrix.length != Math.multiplyExact(size, size)) {
            throw new IllegalArgumentException(matrix.length + " numbers for a matrix of " + size + "×" + size);
        }
        return matrix.clone();
    }

    /** Panel by panel: a panel is factored, then taken off everything right of it. */
    private static Optional<Cholesky> factorInPlace(double[] a, int size, Workers workers) {
        for (int first = 0; first < size; first += PANEL) {
            int end = Math.min(first + PANEL, size);
            if (!factorPanel(a, size, first, end)) {
                return Optional.empty();
            }
            double[] columns = transposed(a, size, first, end);
            int from = first;
            workers.run(size - end, 1, (i, to) -> {
                for (int row = end + i; row < end + to; row++) {
                    subtractPanel(a, size, row, from, end, columns);
                }
            });
        }
        for (int row = 0; row < size; row++) {
            Arrays.fill(a, row * size + row + 1, (row + 1) * size, 0);
        }
        return Optional.of(new Cholesky(size, a));
    }

    private static boolean factorPanel(double[] a, int size, int first, int end) {
        for (int k = first; k < end; k++) {
            double pivot = a[k * size + k];
            if (!(pivot > 0) || Double.isInfinite(pivot)) {
                return false;
            }
            double root = Math.sqrt(pivot);
            a[k * size + k] = root;
            for (int row = k + 1; row < size; row++) {
                double factor = a[row * size + k] / root;
                a[row * size + k] = factor;
                int last = Math.min(row, end - 1);
                for (int column = k + 1; column <= last; column++) {
                    // entries of column k are final above the current row, and in the panel's own rows
                    a[row * size + column] -= factor * (column == row ? factor : a[column * size + k]);
                }
            }
        }
        return true;
    }

    /** Columns of the panel, each in one piece; of rows {@code end} to {@code size}. */
    private static double[] transposed(double[] a, int size, int first, int end) {
        int rows = size - end;
        double[] columns = new double[(end - first) * rows];
        for (int row = end; row < size; row++) {
            for (int k = first; k < end; k++) {
                columns[(k - first) * rows + row - end] = a[row * size + k];
            }
        }
        return columns;
    }

    private static void subtractPanel(double[] a, int size, int row, int first, int end, double[] columns) {
        int rows = size - end;
        for (int tile = end; tile <= row; tile += TILE) {
            int to = Math.min(tile + TILE, row + 1);
            for (int k = first; k < end; k++) {
                subtract(a, row * size + tile, a[row * size + k], columns, (k - first) * rows + tile - end, to - tile);
            }
        }
    }

    private static void subtract(double[] target, int at, double factor, double[] source, int from, int count) {
        for (int i = 0; i < count; i++) {
            target[at + i] -= factor * source[from + i];
        }
    }

    public int size() {
        return size;
    }

    /** L, zeros above its diagonal; not to be changed. */
    public double[] lower() {
        return lower;
    }

    /** L⁻¹, lower triangular too. */
    public double[] inverseOfLower(Workers workers) {
        double[] inverse = new double[lower.length];
        int tiles = Math.ceilDiv(size, TILE);
        workers.run(tiles, 1, (from, to) -> {
            for (int tile = from; tile < to; tile++) {
                invertColumns(inverse, tile * TILE, Math.min((tile + 1) * TILE, size));
            }
        });
        return inverse;
    }

    private void invertColumns(double[] inverse, int first, int end) {
        for (int row = first; row < size; row++) {
            int count = Math.min(row + 1, end) - first;
            if (row < end) {
                inverse[row * size + row] = 1;
            }
            for (int k = first; k < row; k++) {
                subtract(inverse, row * size + first, lower[row * size + k], inverse, k * size + first, Math.min(k + 1, end) - first);
            }
            double pivot = lower[row * size + row];
            for (int i = 0; i < count; i++) {
                inverse[row * size + first + i] /= pivot;
            }
        }
    }

    /** A⁻¹, in full. */
    public double[] inverse(Workers workers) {
        double[] factor = inverseOfLower(workers);
        double[] inverse = new double[factor.length];
        workers.run(size, 1, (from, to) -> {
            for (int row = from; row < to; row++) {
                for (int k = row; k < size; k++) { // column `row` of the factor is zero above
                    subtract(inverse, row * size, -factor[k * size + row], factor, k * size, k + 1);
                }
            }
        });
        return inverse;
    }

    /**
     * U of {@code A⁻¹ = Uᵀ · U}, upper triangular with a positive diagonal: what GPTQ feeds errors back with. The inverse itself is never
     * made: with the order of rows and columns reversed, U is the inverse of the factor of A.
     *
     * @return empty if the matrix is not positive definite
     */
    public static Optional<double[]> upperFactorOfInverse(double[] matrix, int size, Workers workers) {
        double[] copy = copyOf(matrix, size);
        reverse(copy);
        return factorInPlace(copy, size, workers).map(factor -> {
            double[] upper = factor.inverseOfLower(workers);
            reverse(upper);
            return upper;
        });
    }

    /** Last row first, last column first. */
    private static void reverse(double[] matrix) {
        for (int i = 0, j = matrix.length - 1; i < j; i++, j--) {
            double number = matrix[i];
            matrix[i] = matrix[j];
            matrix[j] = number;
        }
    }
}

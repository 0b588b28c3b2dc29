package dev.nibble.core.quantization;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.linalg.OuterProducts;

/**
 * {@code Σ x · xᵀ} over the inputs: how errors of two columns of a weight add up in the layer's output. The squared error of the output is
 * {@code (2/rows) · Δw · H · Δwᵀ} but for a factor, so this is what GPTQ calls the Hessian. Only the upper triangle is kept:
 * {@code columns · (columns + 1) / 2} doubles, 67 MB for 4096 columns. {@link OuterProducts} says how exact it is.
 */
public final class Hessian implements Statistic<Hessian> {
    private static final int MOST_COLUMNS = 46_000; // a full matrix still fits an array

    private final int columns;
    private final double[][] sums; // row i from column i on
    private long rows;

    public Hessian(int columns) {
        if (columns < 1 || columns > MOST_COLUMNS) {
            throw new IllegalArgumentException("a Hessian of " + columns + " columns, there may be 1 to " + MOST_COLUMNS);
        }
        this.columns = columns;
        this.sums = new double[columns][];
        for (int i = 0; i < columns; i++) {
            sums[i] = new double[columns - i];
        }
    }

    /** Bytes one takes. */
    public static long bytes(int columns) {
        return (long) columns * (columns + 1) / 2 * Double.BYTES;
    }

    /**
     * One that is known already.
     *
     * @param matrix {@code columns × columns}, only its upper triangle is read: the sum over {@code rows} inputs
     * @throws IllegalArgumentException if there is NaN or an infinity in it
     */
    public static Hessian of(double[] matrix, int columns, long rows) {
        Hessian hessian = new Hessian(columns);
        for (int i = 0; i < columns; i++) {
            for (int j = i; j < columns; j++) {
                double number = matrix[i * columns + j];
                if (!Double.isFinite(number)) {
                    throw new IllegalArgumentException("the Hessian has " + number + " in row " + i + ", column " + j);
                }
                hessian.sums[i][j - i] = number;
            }
        }
        hessian.rows = rows;
        return hessian;
    }

    /**
     * One read back.
     *
     * @param triangle of row {@code i} from column {@code i} on, row after row
     */
    public static Hessian ofTriangle(double[] triangle, int columns, long rows) {
        Hessian hessian = new Hessian(columns);
        if (triangle.length != bytes(columns) / Double.BYTES) {
            throw new IllegalArgumentException(triangle.length + " numbers for a triangle of " + columns + " columns");
        }
        int from = 0;
        for (double[] row : hessian.sums) {
            System.arraycopy(triangle, from, row, 0, row.length);
            from += row.length;
        }
        hessian.rows = rows;
        return hessian;
    }

    @Override
    public int columns() {
        return columns;
    }

    @Override
    public long rows() {
        return rows;
    }

    @Override
    public void observe(Matrix input, Workers workers) {
        ColumnStatistic.check(input, columns);
        OuterProducts.add(input.data(), input.from(), input.rows(), sums, workers);
        rows += input.rows();
    }

    @Override
    public void merge(Hessian other) {
        ColumnStatistic.check(columns, other.columns);
        for (int i = 0; i < columns; i++) {
            ColumnStatistic.add(sums[i], other.sums[i]);
        }
        rows += other.rows;
    }

    /** That of the same inputs with every channel divided by its scale. */
    Hessian divided(float[] scale) {
        Hessian divided = new Hessian(columns);
        for (int i = 0; i < columns; i++) {
            for (int j = i; j < columns; j++) {
                divided.sums[i][j - i] = sums[i][j - i] / ((double) scale[i] * scale[j]);
            }
        }
        divided.rows = rows;
        return divided;
    }

    /** {@code Σ x_i · x_j}. */
    public double sum(int i, int j) {
        return i <= j ? sums[i][j - i] : sums[j][i - j];
    }

    /** Row {@code i} from column {@code i} on; not to be changed. */
    public double[] upperRow(int i) {
        return sums[i];
    }

    /** {@code Σ x_i²} of every column. */
    public double[] diagonal() {
        double[] diagonal = new double[columns];
        for (int i = 0; i < columns; i++) {
            diagonal[i] = sums[i][0];
        }
        return diagonal;
    }

    /** Both triangles: {@code columns × columns}. */
    double[] full() {
        double[] matrix = new double[Math.multiplyExact(columns, columns)];
        for (int i = 0; i < columns; i++) {
            for (int j = 0; j < columns; j++) {
                matrix[i * columns + j] = sum(i, j);
            }
        }
        return matrix;
    }

    /** The mean over the inputs as a full matrix, rows and columns in the given order. */
    double[] meanInOrder(int[] order) {
        double[] matrix = new double[Math.multiplyExact(columns, columns)];
        double divisor = Math.max(rows, 1);
        for (int i = 0; i < columns; i++) {
            for (int j = 0; j < columns; j++) {
                matrix[i * columns + j] = sum(order[i], order[j]) / divisor;
            }
        }
        return matrix;
    }
}

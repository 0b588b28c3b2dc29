package dev.nibble.core.quantization;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.linalg.ExactSums;
import dev.nibble.core.linalg.OuterProducts;
import dev.nibble.core.linalg.SumGrid;
import dev.nibble.error.UnsupportedException;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.DoubleStream;

/**
 * {@code Σ x · xᵀ} over the inputs: how errors of two columns of a weight add up in the layer's output. The squared error of the output is
 * {@code (2/rows) · Δw · H · Δwᵀ} but for a factor, so this is what GPTQ calls the Hessian. Only the upper triangle is kept:
 * {@code columns · (columns + 1) / 2} doubles, 67 MB for 4096 columns. {@link OuterProducts} says how exact it is.
 *
 * <p>
 * Sums are on a {@link SumGrid}, which the first inputs other than 0 decide. Inputs far larger than those leave its range; then
 * {@link #wider} has to see all inputs again.
 */
public final class Hessian implements Statistic<Hessian> {
    private final double[][] sums; // row i from column i on
    private final Optional<ExactSums> energies; // Σ x² of every column; empty for a finished one, which sees no more
    private Optional<SumGrid> grid;
    private long rows;

    public Hessian(int columns) {
        this(columns, Optional.of(new ExactSums(columns)), Optional.empty());
    }

    private Hessian(int columns, Optional<ExactSums> energies, Optional<SumGrid> grid) {
        if (columns < 1) {
            throw new IllegalArgumentException("a Hessian of " + columns + " columns, there must be at least 1");
        }
        this.energies = energies;
        this.grid = grid;
        this.sums = new double[columns][];
        for (int i = 0; i < columns; i++) {
            sums[i] = new double[columns - i];
        }
    }

    private static Hessian finished(int columns, long rows) {
        Hessian hessian = new Hessian(columns, Optional.empty(), Optional.empty());
        hessian.rows = rows;
        return hessian;
    }

    /** An empty one on the same grid: for another part of the inputs, to be merged with this one. */
    public Hessian another() {
        return new Hessian(columns(), Optional.of(new ExactSums(columns())), grid);
    }

    /** An empty one on a wider grid, if the inputs were too large for this one's; they have to be seen again, all of them. */
    public Optional<Hessian> wider() {
        if (grid.isEmpty()) {
            return Optional.empty();
        }
        double[] seen = energies.orElseThrow().rounded();
        return grid.get().holds(seen)
                ? Optional.empty()
                : Optional.of(new Hessian(columns(), Optional.of(new ExactSums(columns())), Optional.of(grid.get().widened(seen))));
    }

    /** Bytes one takes. */
    public static long bytes(int columns) {
        return (long) columns * (columns + 1) / 2 * Double.BYTES;
    }

    /**
     * One that is known already.
     *
     * @param row gives row {@code i} from column {@code i} on
     * @throws IllegalArgumentException if there is NaN or an infinity in it
     */
    public static Hessian ofRows(int columns, long rows, IntFunction<double[]> row) {
        Hessian hessian = finished(columns, rows);
        for (int i = 0; i < columns; i++) {
            System.arraycopy(row.apply(i), 0, hessian.sums[i], 0, columns - i);
            for (double number : hessian.sums[i]) {
                if (!Double.isFinite(number)) {
                    throw new IllegalArgumentException("the Hessian has " + number + " in row " + i);
                }
            }
        }
        return hessian;
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
        double[] seen = ColumnStatistic.energies(input, columns());
        gathered().add(seen);
        rows += input.rows();
        if (grid.isEmpty() && DoubleStream.of(seen).anyMatch(energy -> energy > 0)) {
            grid = Optional.of(SumGrid.of(seen));
        }
        grid.ifPresent(found -> OuterProducts.add(input.data(), input.from(), input.rows(), found, sums, workers));
    }

    @Override
    public void merge(Hessian other) {
        ColumnStatistic.check(columns(), other.columns());
        gathered().add(other.gathered());
        if (grid.isPresent() && other.grid.isPresent() && !grid.equals(other.grid)) {
            throw new IllegalArgumentException("Hessians on different grids do not merge: gather every part with another() of the first");
        }
        grid = grid.or(() -> other.grid);
        for (int i = 0; i < sums.length; i++) {
            ColumnStatistic.add(sums[i], other.sums[i]);
        }
        rows += other.rows;
    }

    private ExactSums gathered() {
        return energies.orElseThrow(
                () -> new IllegalStateException("a Hessian read from a file is finished: gather it again with all the text it should see"));
    }

    /** That of the same inputs with every channel divided by its scale. */
    Hessian divided(float[] scale) {
        Hessian divided = finished(columns(), rows);
        for (int i = 0; i < sums.length; i++) {
            for (int j = i; j < sums.length; j++) {
                divided.sums[i][j - i] = sums[i][j - i] / ((double) scale[i] * scale[j]);
            }
        }
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
        double[] diagonal = new double[sums.length];
        for (int i = 0; i < sums.length; i++) {
            diagonal[i] = sums[i][0];
        }
        return diagonal;
    }

    /** @throws UnsupportedException if a square matrix of this size is more than one array */
    void requireOneArray(String algorithm) {
        if ((long) sums.length * sums.length > Integer.MAX_VALUE - 8) {
            throw new UnsupportedException(
                    algorithm + " quantizes weights of at most 46,340 columns, this one has " + sums.length + "; take gptq for it");
        }
    }

    /** Both triangles, row after row. */
    double[][] full() {
        double[][] matrix = new double[sums.length][sums.length];
        for (int i = 0; i < sums.length; i++) {
            for (int j = 0; j < sums.length; j++) {
                matrix[i][j] = sum(i, j);
            }
        }
        return matrix;
    }
}

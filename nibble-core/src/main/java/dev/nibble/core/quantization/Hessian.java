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
 * {@code Σ x · xᵀ} over the inputs. The squared error of a layer's output is {@code (2/rows) · Δw · H · Δwᵀ} up to a constant factor, so
 * GPTQ calls it the Hessian. Only the upper triangle is kept: {@code columns · (columns + 1) / 2} doubles, 67 MB for 4096 columns. For its
 * accuracy see {@link OuterProducts}.
 *
 * <p>
 * Sums are on a {@link SumGrid} chosen by the first non-zero inputs. Inputs far larger than those leave its range; then {@link #wider} has
 * to observe all inputs again.
 */
public final class Hessian implements Statistic<Hessian> {
    private final double[][] sums; // row i from column i on
    private final Optional<ExactSums> energies; // Σ x² of every column; empty if read from a file
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

    /** An empty one on the same grid, for another part of the inputs, to be merged with this one. */
    public Hessian another() {
        return new Hessian(columns(), Optional.of(new ExactSums(columns())), grid);
    }

    /** An empty one on a wider grid, if the inputs were too large for this one's; it has to observe all inputs again. */
    public Optional<Hessian> wider() {
        if (grid.isEmpty()) {
            return Optional.empty();
        }
        double[] seen = energies.orElseThrow().rounded();
        return grid.get().holds(seen)
                ? Optional.empty()
                : Optional.of(new Hessian(columns(), Optional.of(new ExactSums(columns())), Optional.of(grid.get().widened(seen))));
    }

    /** Memory of one in bytes. */
    public static long bytes(int columns) {
        return (long) columns * (columns + 1) / 2 * Double.BYTES;
    }

    /**
     * A stored Hessian.
     *
     * @param row returns row {@code i} from column {@code i} on
     * @throws IllegalArgumentException if it contains NaN or an infinity
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

    /** The Hessian of the same inputs with every channel divided by its scale. */
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

    /** Row {@code i} from column {@code i} on; not to be modified. */
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

    /** @throws UnsupportedException if a square matrix of this size exceeds one array */
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

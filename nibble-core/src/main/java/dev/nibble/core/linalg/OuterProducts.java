package dev.nibble.core.linalg;

import dev.nibble.core.kernel.Workers;
import dev.nibble.core.x86.machine.Machine;
import java.util.Arrays;
import java.util.Optional;

/**
 * Sums of outer products, {@code Σ x · xᵀ} over the rows of a matrix, as GPTQ's Hessian is; upper triangles only.
 *
 * <p>
 * Products are summed as floats over {@value #BATCH} rows at a time, each added with one rounding. So such a sum is off by at most
 * {@value #BATCH} · 2⁻²⁴ of the sum of its products' magnitudes, one part in 130,000; in practice by a tenth of that, since errors of either
 * sign cancel. These sums are rounded to a {@link SumGrid}, and added as doubles without any further rounding, so their order does not
 * matter. Machine code and plain code give the same bits.
 */
public final class OuterProducts {
    /** Rows whose products are summed as floats. */
    static final int BATCH = 128;

    private static final int TILE = 512;

    private OuterProducts() {}

    /**
     * Adds the products of some rows, the sum of each batch rounded to the grid.
     *
     * @param x     rows of {@code upper.length} numbers from {@code from} on
     * @param upper row {@code i} of the sums from column {@code i} on
     */
    public static void add(float[] x, int from, int rows, SumGrid grid, double[][] upper, Workers workers) {
        Optional<X86OuterProducts> machineCode = Machine.isKnown() ? X86OuterProducts.here() : Optional.empty();
        float[] scaled = new float[Math.min(BATCH, rows) * upper.length];
        for (int row = 0; row < rows; row += BATCH) {
            int count = Math.min(BATCH, rows - row);
            grid.scale(x, from + row * upper.length, count, scaled);
            if (machineCode.isPresent()) {
                machineCode.get().addBatch(scaled, 0, count, grid, upper, workers);
            } else {
                addBatch(scaled, 0, count, grid, upper, workers);
            }
        }
    }

    /** The same in plain code, for at most {@value #BATCH} rows that the grid has scaled. */
    static void addBatch(float[] x, int from, int rows, SumGrid grid, double[][] upper, Workers workers) {
        int columns = upper.length;
        workers.run(columns, 1, (first, end) -> {
            float[] sums = new float[TILE];
            for (int i = first; i < end; i++) {
                for (int tile = i; tile < columns; tile += TILE) {
                    int width = Math.min(TILE, columns - tile);
                    Arrays.fill(sums, 0, width, 0);
                    for (int row = 0; row < rows; row++) {
                        addProducts(x[from + row * columns + i], x, from + row * columns + tile, width, sums);
                    }
                    grid.add(sums, 0, i, tile, width, upper[i]);
                }
            }
        });
    }

    private static void addProducts(float factor, float[] x, int from, int count, float[] sums) {
        for (int j = 0; j < count; j++) {
            sums[j] = Math.fma(factor, x[from + j], sums[j]);
        }
    }
}

package dev.nibble.core.linalg;

import dev.nibble.core.kernel.Workers;
import dev.nibble.core.x86.machine.CpuFeatures;
import dev.nibble.core.x86.machine.Machine;
import java.util.Arrays;

/**
 * Sums of outer products, {@code Σ x · xᵀ} over the rows of a matrix, as GPTQ's Hessian is; upper triangles only.
 *
 * <p>
 * Products are summed as floats over {@value #BATCH} rows at a time, each added with one rounding, and those sums as doubles. So a sum is off
 * by at most {@value #BATCH} · 2⁻²⁴ of the sum of its products' magnitudes, one part in 130,000; in practice by a tenth of that, since errors
 * of either sign cancel. Machine code and plain code add in the same order and give the same bits.
 */
public final class OuterProducts {
    /** Rows whose products are summed as floats. */
    static final int BATCH = 128;

    private static final int TILE = 512;

    private OuterProducts() {}

    /**
     * Adds those of some rows.
     *
     * @param x     rows of {@code upper.length} numbers from {@code from} on
     * @param upper row {@code i} of the sums from column {@code i} on
     */
    public static void add(float[] x, int from, int rows, double[][] upper, Workers workers) {
        CpuFeatures features = Machine.detected().features();
        for (int row = 0; row < rows; row += BATCH) {
            int at = from + row * upper.length;
            int count = Math.min(BATCH, rows - row);
            if (features.avx2()) {
                X86OuterProducts.of(features).addBatch(x, at, count, upper, workers);
            } else {
                addBatch(x, at, count, upper, workers);
            }
        }
    }

    /** Plainly, for at most {@value #BATCH} rows. */
    static void addBatch(float[] x, int from, int rows, double[][] upper, Workers workers) {
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
                    for (int j = 0; j < width; j++) {
                        upper[i][tile - i + j] += sums[j];
                    }
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

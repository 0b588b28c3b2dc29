package dev.nibble.core.linalg;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.nibble.core.kernel.Workers;
import dev.nibble.core.x86.machine.Assembled;
import dev.nibble.core.x86.machine.CodeCache;
import dev.nibble.core.x86.machine.CpuFeatures;
import dev.nibble.core.x86.machine.Kernel;
import dev.nibble.core.x86.machine.Machine;
import dev.nibble.core.x86.machine.OneTimeSelfTest;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;

/**
 * {@link OuterProducts} in machine code: rows are copied into panels, which are streamed through the caches for every tile of the result.
 */
final class X86OuterProducts {
    static final X86OuterProducts AVX512 = new X86OuterProducts(512);
    static final X86OuterProducts AVX2 = new X86OuterProducts(256);

    private static final int ROWS = OuterProductKernel.ROWS;
    private static final int COLUMNS = OuterProductKernel.COLUMNS;
    private static final long TILE_BYTES = (long) ROWS * COLUMNS * Float.BYTES;
    private static final long ALIGNMENT = 64;

    private final Assembled kernel;
    private final OneTimeSelfTest trial = new OneTimeSelfTest(this::agrees);

    private X86OuterProducts(int bits) {
        this(new OuterProductKernel(bits)::write, bits);
    }

    X86OuterProducts(CodeCache.Body body, int bits) {
        kernel = new Assembled(() -> Machine.detected().space().orElseThrow().kernel("outer-products-" + bits, body));
    }

    /** The implementation for this machine, if there is one and it passed its self-test. */
    static Optional<X86OuterProducts> here() {
        CpuFeatures features = Machine.detected().features();
        return features.avx2() ? Optional.of(features.avx512() ? AVX512 : AVX2).filter(X86OuterProducts::isRight) : Optional.empty();
    }

    boolean isRight() {
        return trial.failure().isEmpty();
    }

    /** Whether it gives the same sums as plain code for known numbers. */
    private boolean agrees() {
        int columns = COLUMNS + 1;
        float[] x = new float[2 * columns];
        for (int i = 0; i < x.length; i++) {
            x[i] = (i * 37 % 101 - 50) * 0.013f;
        }
        double[][] expected = new double[columns][];
        Arrays.setAll(expected, row -> new double[columns - row]);
        double[][] found = new double[columns][];
        Arrays.setAll(found, row -> new double[columns - row]);
        double[] energies = new double[columns];
        Arrays.fill(energies, 1);
        SumGrid grid = SumGrid.of(energies);
        try (Workers alone = Workers.of(1)) {
            OuterProducts.addBatch(x, 0, 2, grid, expected, alone);
            addBatch(x, 0, 2, grid, found, alone);
        }
        return Arrays.deepEquals(expected, found);
    }

    Kernel kernel() {
        return kernel.get();
    }

    void addBatch(float[] x, int from, int rows, SumGrid grid, double[][] upper, Workers workers) {
        int columns = upper.length;
        int panels = Math.ceilDiv(columns, COLUMNS);
        long panelBytes = (long) rows * COLUMNS * Float.BYTES;
        try (Arena arena = Arena.ofShared()) {
            MemorySegment packed = arena.allocate(panels * panelBytes, ALIGNMENT);
            workers.run(panels, 1, (first, end) -> {
                for (int panel = first; panel < end; panel++) {
                    pack(x, from, rows, columns, panel, packed.asSlice(panel * panelBytes, panelBytes));
                }
            });
            workers.run(columns, COLUMNS, (first, end) -> {
                try (Arena own = Arena.ofConfined()) {
                    MemorySegment tile = own.allocate(TILE_BYTES, ALIGNMENT);
                    float[] sums = new float[ROWS * COLUMNS];
                    for (int panel = first / COLUMNS; panel < panels; panel++) {
                        for (int i = first; i < Math.min(end, (panel + 1) * COLUMNS); i += ROWS) {
                            multiply(packed, panelBytes, i, panel, rows, tile);
                            MemorySegment.copy(tile, JAVA_FLOAT, 0, sums, 0, sums.length);
                            addTile(sums, i, Math.min(end, columns), panel * COLUMNS, grid, upper);
                        }
                    }
                }
            });
        }
    }

    private static void pack(float[] x, int from, int rows, int columns, int panel, MemorySegment target) {
        int first = panel * COLUMNS;
        int width = Math.min(COLUMNS, columns - first);
        for (int row = 0; row < rows; row++) {
            MemorySegment.copy(x, from + row * columns + first, target, JAVA_FLOAT, (long) row * COLUMNS * Float.BYTES, width);
        }
    }

    private void multiply(MemorySegment packed, long panelBytes, int i, int panel, int rows, MemorySegment tile) {
        MemorySegment left = packed.asSlice(i / COLUMNS * panelBytes, panelBytes).asSlice((long) (i % COLUMNS) * Float.BYTES);
        kernel.get().call(left, packed.asSlice(panel * panelBytes, panelBytes), tile, rows, 0, 0);
    }

    /** Adds the part above the diagonal. */
    private static void addTile(float[] sums, int firstRow, int endRow, int firstColumn, SumGrid grid, double[][] upper) {
        for (int i = firstRow; i < Math.min(firstRow + ROWS, endRow); i++) {
            int start = Math.max(i, firstColumn);
            int at = (i - firstRow) * COLUMNS - firstColumn;
            grid.add(sums, at + start, i, start, Math.min(firstColumn + COLUMNS, upper.length) - start, upper[i]);
        }
    }
}

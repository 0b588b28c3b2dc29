package dev.nibble.core.backend.x86.matmul;

import dev.nibble.core.backend.x86.memory.Buffers;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.x86.machine.Assembled;
import dev.nibble.core.x86.machine.Kernel;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Products with one weight, on AMX tiles for many tokens: activations and weights are converted to BF16, with relative errors of at most
 * 2⁻⁹. Few tokens use another kernel, with another order of summation.
 */
public final class AmxMatMul implements PreparedMatMul {
    /** Least number of tokens for which tiles are faster. */
    public static final int MANY = 48;
    /** Panels whose sums are copied together: a copy costs as much as several lines. */
    private static final int PANELS = 8;

    private final PreparedMatMul few;
    private final TileRows rows;
    private final int stored;
    private final Assembled conversion;
    private final Assembled onePanel;
    private final Assembled twoPanels;
    private final OutputTile lines;
    private final Buffers buffers;

    /**
     * @param few product for few tokens
     * @param stored number of stored rows, padding included
     */
    public AmxMatMul(PreparedMatMul few, TileRows rows, int stored, MatMulKernels kernels, Buffers buffers) {
        this.few = few;
        this.rows = rows;
        this.stored = stored;
        this.conversion = kernels.bf16Conversion();
        this.onePanel = kernels.tiles(1);
        this.twoPanels = kernels.tiles(2);
        this.lines = new OutputTile(kernels, PANELS * AmxTiles.ROWS);
        this.buffers = buffers;
    }

    @Override
    public int inputs() {
        return few.inputs();
    }

    @Override
    public int outputs() {
        return few.outputs();
    }

    @Override
    public int grain() {
        return 2 * AmxTiles.ROWS;
    }

    @Override
    public Product begin(Matrix x, Matrix y) {
        return x.rows() < MANY ? few.begin(x, y) : new OnTiles(x, y);
    }

    /** Integers stay exact, without conversion to BF16. */
    @Override
    public Product beginIntegers(Matrix x, Matrix y) {
        return few.beginIntegers(x, y);
    }

    private final class OnTiles implements Product {
        private final Matrix x;
        private final Matrix y;
        private final int columns = inputs() / AmxTiles.COLUMNS;
        private final int tokens;
        private final MemorySegment activations;

        OnTiles(Matrix x, Matrix y) {
            this.x = x;
            this.y = y;
            this.tokens = Math.ceilDiv(x.rows(), AmxTiles.ROWS);
            this.activations = buffers.acquire((long) tokens * columns * AmxTiles.BYTES);
        }

        @Override
        public void close() {
            buffers.release(activations);
        }

        @Override
        public int rows() {
            return x.rows();
        }

        @Override
        public void ready(int from, int to) {
            Kernel kernel = conversion.get();
            for (int i = from; i < to; i++) {
                long line = (long) i / AmxTiles.ROWS * columns * AmxTiles.BYTES + (long) i % AmxTiles.ROWS * AmxTiles.LINE;
                kernel.callCritical(Kernel.part(x.data(), x.at(i), inputs()), activations.asSlice(line), activations, columns, 0, 0);
            }
        }

        @Override
        public void compute(int from, int to) {
            Objects.checkFromToIndex(from, to, outputs());
            int stride = PANELS * AmxTiles.ROWS;
            MemorySegment weights = buffers.acquire(2L * columns * AmxTiles.BYTES);
            MemorySegment sums = lines.acquire(buffers, tokens * AmxTiles.ROWS);
            for (int group = from; group < to; group += stride) {
                int end = Math.min(to, group + stride);
                int start = Math.min(group, stored - AmxTiles.ROWS);
                for (int row = group; row < end; row += 2 * AmxTiles.ROWS) {
                    twoPanels(row, end, start, weights, sums);
                }
                lines.copy(sums, group - start, end - group, y, group);
            }
            buffers.release(sums);
            buffers.release(weights);
        }

        /** Multiplies two panels, or at the end of the weight single ones; the last ones may overlap. */
        private void twoPanels(int row, int end, int start, MemorySegment weights, MemorySegment sums) {
            if (row + AmxTiles.ROWS < end && row + 2 * AmxTiles.ROWS <= stored) {
                rows.unpack(row, weights);
                rows.unpack(row + AmxTiles.ROWS, weights.asSlice((long) columns * AmxTiles.BYTES));
                multiply(twoPanels, row - start, weights, sums);
                return;
            }
            for (int panel = row; panel < Math.min(end, row + 2 * AmxTiles.ROWS); panel += AmxTiles.ROWS) {
                int first = Math.min(panel, stored - AmxTiles.ROWS);
                rows.unpack(first, weights);
                multiply(onePanel, first - start, weights, sums);
            }
        }

        private void multiply(Assembled kernel, int at, MemorySegment weights, MemorySegment sums) {
            kernel.get().call(weights, activations, sums.asSlice((long) at * Float.BYTES), columns,
                    lines.stride(), tokens);
        }
    }
}

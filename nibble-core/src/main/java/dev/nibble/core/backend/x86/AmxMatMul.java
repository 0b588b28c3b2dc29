package dev.nibble.core.backend.x86;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.x86.machine.Assembled;
import dev.nibble.core.x86.machine.Kernel;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Products of one weight that are done on tiles where there are many tokens. Activations and weights are rounded to BF16 for that, by at most
 * 2⁻⁹ of each; few tokens are left to another kernel, which sums in another order.
 */
final class AmxMatMul implements InTwoSteps {
    /** From so many tokens on tiles are faster. */
    static final int MANY = 48;
    /** Panels whose sums are copied out together: a copy costs what several lines do. */
    private static final int PANELS = 8;

    private final InTwoSteps few;
    private final TileRows rows;
    private final int stored;
    private final Assembled rounding;
    private final Assembled onePanel;
    private final Assembled twoPanels;
    private final SumLines lines;
    private final Buffers buffers;

    /**
     * @param few    the product for few tokens
     * @param stored rows there are, some of which may not count
     */
    AmxMatMul(InTwoSteps few, TileRows rows, int stored, Kernels kernels, Buffers buffers) {
        this.few = few;
        this.rows = rows;
        this.stored = stored;
        this.rounding = kernels.bfloatRounding();
        this.onePanel = kernels.tiles(1);
        this.twoPanels = kernels.tiles(2);
        this.lines = new SumLines(kernels, PANELS * Tiles.ROWS);
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
        return 2 * Tiles.ROWS;
    }

    @Override
    public Product begin(Matrix x, Matrix y) {
        return x.rows() < MANY ? few.begin(x, y) : new OnTiles(x, y);
    }

    /** Rounding to BF16 would lose what the integers are for. */
    @Override
    public Product beginIntegers(Matrix x, Matrix y) {
        return few.beginIntegers(x, y);
    }

    private final class OnTiles implements Product {
        private final Matrix x;
        private final Matrix y;
        private final int columns = inputs() / Tiles.COLUMNS;
        private final int tokens;
        private final MemorySegment activations;

        OnTiles(Matrix x, Matrix y) {
            this.x = x;
            this.y = y;
            this.tokens = Math.ceilDiv(x.rows(), Tiles.ROWS);
            this.activations = buffers.lend((long) tokens * columns * Tiles.BYTES);
        }

        @Override
        public void close() {
            buffers.giveBack(activations);
        }

        @Override
        public int rows() {
            return x.rows();
        }

        @Override
        public void ready(int from, int to) {
            Kernel kernel = rounding.get();
            for (int i = from; i < to; i++) {
                long line = (long) i / Tiles.ROWS * columns * Tiles.BYTES + (long) i % Tiles.ROWS * Tiles.LINE;
                kernel.callBriefly(Kernel.part(x.data(), x.at(i), inputs()), activations.asSlice(line), activations, columns, 0, 0);
            }
        }

        @Override
        public void compute(int from, int to) {
            Objects.checkFromToIndex(from, to, outputs());
            int apart = PANELS * Tiles.ROWS;
            MemorySegment weights = buffers.lend(2L * columns * Tiles.BYTES);
            MemorySegment sums = lines.lend(buffers, tokens * Tiles.ROWS);
            for (int group = from; group < to; group += apart) {
                int end = Math.min(to, group + apart);
                int start = Math.min(group, stored - Tiles.ROWS);
                for (int row = group; row < end; row += 2 * Tiles.ROWS) {
                    twoPanels(row, end, start, weights, sums);
                }
                lines.copy(sums, group - start, end - group, y, group);
            }
            buffers.giveBack(sums);
            buffers.giveBack(weights);
        }

        /** Two at once, or at the end of the weight one by one: the last ones may overlap. */
        private void twoPanels(int row, int end, int start, MemorySegment weights, MemorySegment sums) {
            if (row + Tiles.ROWS < end && row + 2 * Tiles.ROWS <= stored) {
                rows.unpack(row, weights);
                rows.unpack(row + Tiles.ROWS, weights.asSlice((long) columns * Tiles.BYTES));
                multiply(twoPanels, row - start, weights, sums);
                return;
            }
            for (int panel = row; panel < Math.min(end, row + 2 * Tiles.ROWS); panel += Tiles.ROWS) {
                int first = Math.min(panel, stored - Tiles.ROWS);
                rows.unpack(first, weights);
                multiply(onePanel, first - start, weights, sums);
            }
        }

        private void multiply(Assembled kernel, int at, MemorySegment weights, MemorySegment sums) {
            kernel.get().call(weights, activations, sums.asSlice((long) at * Float.BYTES), columns,
                    lines.apart(), tokens);
        }
    }
}

package dev.nibble.core.backend.x86.matmul;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.nibble.core.backend.x86.format.RowFormat;
import dev.nibble.core.backend.x86.format.Rows;
import dev.nibble.core.backend.x86.memory.Buffers;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.x86.machine.Assembled;
import dev.nibble.core.x86.machine.Kernel;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.Optional;

/**
 * Products of one weight. A few tokens go through the rows as they lie in the file, one after the other; for more, sixteen rows at a time are
 * unpacked. Both sum in the same order, so a token gets the same bits either way.
 */
public final class X86MatMul implements PreparedMatMul {
    /** Fewer tokens than this are cheaper one by one. */
    public static final int FEW = 4;
    /** Panels whose sums are copied out together, so that a token's are more than a line. */
    private static final int PANELS = 4;
    /** Bytes of weights that stay in a core's cache while a few tokens go through them. */
    private static final int CACHED = 1 << 18;
    /** Rows that are brought into order at once. */
    private static final int WORDS = 4;
    /** Sums of each stream that are brought into order in a few microseconds. */
    private static final int BRIEF = 1 << 10;

    private final Tensor weight;
    private final RowFormat format;
    private final MatMulKernels kernels;
    private final Assembled rounding;
    private final Assembled integers;
    private final Assembled rowKernel;
    private final Assembled panelKernel;
    private final Assembled untangling;
    private final OutputTile lines;
    private final Buffers buffers;
    private final int outputs;
    private final int inputs;
    private final int blocks;

    /**
     * @param weight  outside the heap, of {@value Panel#ROWS} rows at least
     * @param outputs those of its rows that count
     */
    public X86MatMul(Tensor weight, int outputs, RowFormat format, MatMulKernels kernels, Buffers buffers) {
        this.weight = weight;
        this.format = format;
        this.kernels = kernels;
        this.rounding = kernels.rounding(format, false);
        this.integers = kernels.rounding(format, true);
        this.rowKernel = kernels.rows(format);
        this.panelKernel = kernels.panel(format);
        this.untangling = kernels.untangling();
        this.lines = new OutputTile(kernels, PANELS * Panel.ROWS);
        this.buffers = buffers;
        this.outputs = outputs;
        this.inputs = Math.toIntExact(weight.columns());
        this.blocks = inputs / format.codec().blockSize();
    }

    @Override
    public int inputs() {
        return inputs;
    }

    @Override
    public int outputs() {
        return outputs;
    }

    @Override
    public Product begin(Matrix x, Matrix y) {
        return new Rounded(x, y, rounding);
    }

    @Override
    public Product beginIntegers(Matrix x, Matrix y) {
        return new Rounded(x, y, integers);
    }

    /** A product whose activations are rounded to 8 bits first. */
    private final class Rounded implements Product {
        private final Matrix x;
        private final Matrix y;
        private final Assembled rounding;
        private final RoundedTile tile;
        private final Optional<Assembled> tileKernel; // for more than one token
        private final long tileBytes;
        private final MemorySegment activations;

        Rounded(Matrix x, Matrix y, Assembled rounding) {
            this.x = x;
            this.y = y;
            this.rounding = rounding;
            int max = TileKernel.most(format, kernels.isa());
            int tiles = x.rows() <= FEW ? x.rows() : Math.ceilDiv(x.rows(), max);
            this.tile = new RoundedTile(Math.max(1, Math.ceilDiv(x.rows(), Math.max(1, tiles))));
            this.tileKernel = tile.tokens() == 1 ? Optional.empty() : Optional.of(kernels.tile(format, tile.tokens()));
            this.tileBytes = (long) inputs / RowFormat.SUB_BLOCK * tile.stride();
            this.activations = buffers.acquire(Math.max(1, Math.ceilDiv(x.rows(), tile.tokens()) * tileBytes));
        }

        @Override
        public void close() {
            buffers.release(activations);
        }

        @Override
        public int rows() {
            return x.rows();
        }

        private MemorySegment tile(int number) {
            return activations.asSlice(number * tileBytes, tileBytes);
        }

        @Override
        public void ready(int from, int to) {
            Kernel kernel = rounding.get();
            for (int i = from; i < to; i++) {
                MemorySegment row = Kernel.part(x.data(), x.at(i), inputs);
                MemorySegment records = tile(i / tile.tokens());
                int token = i % tile.tokens();
                kernel.callCritical(row, records.asSlice(tile.codes(token)), records.asSlice(tile.step(token)),
                        inputs / RowFormat.SUB_BLOCK,
                        tile.stride(),
                        (long) tile.tokens() * Float.BYTES);
            }
        }

        @Override
        public void compute(int from, int to) {
            Objects.checkFromToIndex(from, to, outputs);
            if (from == to || x.rows() == 0) {
                return;
            }
            if (tile.tokens() == 1) {
                oneByOne(from, to);
            } else {
                byPanels(from, to);
            }
        }

        private void oneByOne(int from, int to) {
            int rows = to - from;
            if (x.rows() > 1) {
                rows = Math.max(Panel.ROWS, (int) (CACHED / weight.rowBytes()) / Panel.ROWS * Panel.ROWS);
            }
            MemorySegment sums = buffers.acquire((long) (rows + Rows.COUNT) * Float.BYTES);
            for (int first = from; first < to; first += rows) {
                int end = Math.min(to, first + rows);
                for (int token = 0; token < x.rows(); token++) {
                    rows(first, end, token, sums);
                }
            }
            buffers.release(sums);
        }

        /** Eighths of the rows at once, then those that are left over. */
        private void rows(int from, int to, int token, MemorySegment sums) {
            int each = (to - from) / Rows.COUNT;
            if (each > 0) {
                streams(from, each, token, sums);
                put(from, each, token, sums);
            }
            int done = from + each * Rows.COUNT;
            if (done < to) {
                int first = Math.min(done, Math.toIntExact(weight.rows()) - Rows.COUNT);
                streams(first, 1, token, sums);
                for (int row = done; row < to; row++) {
                    y.data()[y.at(token) + row] = sums.getAtIndex(JAVA_FLOAT, row - first);
                }
            }
        }

        /** Sums of eight streams, to their places in y. */
        private void put(int from, int each, int token, MemorySegment sums) {
            int whole = each / WORDS * WORDS;
            for (int i = 0; i < whole; i += BRIEF) {
                int some = Math.min(BRIEF, whole - i);
                MemorySegment target = Kernel.part(y.data(), y.at(token) + from + i, (Rows.COUNT - 1) * each + some);
                untangling.get().callCritical(target, sums.asSlice((long) i * Rows.COUNT * Float.BYTES), target, some / WORDS,
                        (long) each * Float.BYTES, 0);
            }
            for (int i = whole * Rows.COUNT; i < each * Rows.COUNT; i++) {
                int row = i % Rows.COUNT * each + i / Rows.COUNT;
                y.data()[y.at(token) + from + row] = sums.getAtIndex(JAVA_FLOAT, i);
            }
        }

        private void streams(int from, int each, int token, MemorySegment sums) {
            long distance = each * weight.rowBytes();
            MemorySegment rows = weight.data().asSlice(from * weight.rowBytes(), Rows.COUNT * distance);
            rowKernel.get().call(rows, tile(token), sums, each, distance, blocks);
        }

        private void byPanels(int from, int to) {
            Panel form = Panel.of(format);
            MemorySegment panel = buffers.acquire((long) inputs / RowFormat.SUB_BLOCK * form.stride());
            int stride = PANELS * Panel.ROWS;
            MemorySegment sums = lines.acquire(buffers, Math.ceilDiv(x.rows(), tile.tokens()) * tile.tokens());
            for (int group = from; group < to; group += stride) {
                int end = Math.min(to, group + stride);
                int last = Math.toIntExact(weight.rows()) - Panel.ROWS; // where a panel can start; the last two may overlap
                int start = Math.min(group, last);
                for (int row = group; row < end; row += Panel.ROWS) {
                    int first = Math.min(row, last);
                    Panel.unpack(panelKernel.get(), weight, first, panel);
                    multiply(panel, sums.asSlice((long) (first - start) * Float.BYTES));
                }
                lines.copy(sums, group - start, end - group, y, group);
            }
            buffers.release(sums);
            buffers.release(panel);
        }

        private void multiply(MemorySegment panel, MemorySegment sums) {
            Kernel kernel = tileKernel.orElseThrow().get();
            int tiles = Math.ceilDiv(x.rows(), tile.tokens());
            for (int i = 0; i < tiles; i++) {
                kernel.call(panel, tile(i), sums.asSlice(i * tile.tokens() * lines.stride()), inputs / RowFormat.SUB_BLOCK,
                        lines.stride(), 0);
            }
        }
    }
}

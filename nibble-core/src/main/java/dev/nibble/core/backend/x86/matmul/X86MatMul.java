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
 * Products with one weight. A few tokens are multiplied one by one with rows as stored in the file; for more, sixteen rows at a time are
 * unpacked. Both sum in the same order, so results are bit-identical.
 */
public final class X86MatMul implements PreparedMatMul {
    /** Maximum number of tokens that are cheaper one by one. */
    public static final int FEW = 4;
    /** Panels whose sums are copied together, so that a token's fill more than a cache line. */
    private static final int PANELS = 4;
    /** Bytes of weights that stay in a core's cache while a few tokens are multiplied. */
    private static final int CACHED = 1 << 18;
    /** Rows deinterleaved at once. */
    private static final int WORDS = 4;
    /** Sums per stream deinterleaved in a few microseconds, as critical calls must be. */
    private static final int MAX_CRITICAL = 1 << 10;

    private final Tensor weight;
    private final RowFormat format;
    private final MatMulKernels kernels;
    private final Assembled quantization;
    private final Assembled integers;
    private final Assembled rowKernel;
    private final Assembled panelKernel;
    private final Assembled deinterleaving;
    private final OutputTile lines;
    private final Buffers buffers;
    private final int outputs;
    private final int inputs;
    private final int blocks;

    /**
     * @param weight weight off the heap, with at least {@value Panel#ROWS} rows
     * @param outputs number of its rows without padding
     */
    public X86MatMul(Tensor weight, int outputs, RowFormat format, MatMulKernels kernels, Buffers buffers) {
        this.weight = weight;
        this.format = format;
        this.kernels = kernels;
        this.quantization = kernels.quantization(format, false);
        this.integers = kernels.quantization(format, true);
        this.rowKernel = kernels.rows(format);
        this.panelKernel = kernels.panel(format);
        this.deinterleaving = kernels.deinterleaving();
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
        return new Quantized(x, y, quantization);
    }

    @Override
    public Product beginIntegers(Matrix x, Matrix y) {
        return new Quantized(x, y, integers);
    }

    /** A product with activations quantized to 8 bits. */
    private final class Quantized implements Product {
        private final Matrix x;
        private final Matrix y;
        private final Assembled quantization;
        private final RoundedTile tile;
        private final Optional<Assembled> tileKernel; // for several tokens
        private final long tileBytes;
        private final MemorySegment activations;

        Quantized(Matrix x, Matrix y, Assembled quantization) {
            this.x = x;
            this.y = y;
            this.quantization = quantization;
            int max = TileKernel.maxTokens(format, kernels.isa());
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
            Kernel kernel = quantization.get();
            for (int i = from; i < to; i++) {
                MemorySegment row = Kernel.part(x.data(), x.at(i), inputs);
                MemorySegment records = tile(i / tile.tokens());
                int token = i % tile.tokens();
                kernel.callCritical(row, records.asSlice(tile.codesOffset(token)), records.asSlice(tile.stepOffset(token)),
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

        /** Multiplies eight streams of rows, then the remaining rows. */
        private void rows(int from, int to, int token, MemorySegment sums) {
            int rowsPerStream = (to - from) / Rows.COUNT;
            if (rowsPerStream > 0) {
                streams(from, rowsPerStream, token, sums);
                deinterleave(from, rowsPerStream, token, sums);
            }
            int done = from + rowsPerStream * Rows.COUNT;
            if (done < to) {
                int first = Math.min(done, Math.toIntExact(weight.rows()) - Rows.COUNT);
                streams(first, 1, token, sums);
                for (int row = done; row < to; row++) {
                    y.data()[y.at(token) + row] = sums.getAtIndex(JAVA_FLOAT, row - first);
                }
            }
        }

        /** Deinterleaves the sums of eight streams into y. */
        private void deinterleave(int from, int rowsPerStream, int token, MemorySegment sums) {
            int whole = rowsPerStream / WORDS * WORDS;
            for (int i = 0; i < whole; i += MAX_CRITICAL) {
                int chunk = Math.min(MAX_CRITICAL, whole - i);
                MemorySegment target = Kernel.part(y.data(), y.at(token) + from + i, (Rows.COUNT - 1) * rowsPerStream + chunk);
                deinterleaving.get().callCritical(target, sums.asSlice((long) i * Rows.COUNT * Float.BYTES), target, chunk / WORDS,
                        (long) rowsPerStream * Float.BYTES, 0);
            }
            for (int i = whole * Rows.COUNT; i < rowsPerStream * Rows.COUNT; i++) {
                int row = i % Rows.COUNT * rowsPerStream + i / Rows.COUNT;
                y.data()[y.at(token) + from + row] = sums.getAtIndex(JAVA_FLOAT, i);
            }
        }

        private void streams(int from, int rowsPerStream, int token, MemorySegment sums) {
            long stride = rowsPerStream * weight.rowBytes();
            MemorySegment rows = weight.data().asSlice(from * weight.rowBytes(), Rows.COUNT * stride);
            rowKernel.get().call(rows, tile(token), sums, rowsPerStream, stride, blocks);
        }

        private void byPanels(int from, int to) {
            Panel form = Panel.of(format);
            MemorySegment panel = buffers.acquire((long) inputs / RowFormat.SUB_BLOCK * form.stride());
            int stride = PANELS * Panel.ROWS;
            MemorySegment sums = lines.acquire(buffers, Math.ceilDiv(x.rows(), tile.tokens()) * tile.tokens());
            for (int group = from; group < to; group += stride) {
                int end = Math.min(to, group + stride);
                int last = Math.toIntExact(weight.rows()) - Panel.ROWS; // last possible start of a panel; the last two may overlap
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

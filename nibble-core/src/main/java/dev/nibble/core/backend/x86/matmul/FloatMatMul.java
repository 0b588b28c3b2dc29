package dev.nibble.core.backend.x86.matmul;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.nibble.core.backend.x86.memory.Buffers;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.x86.machine.Kernel;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.Optional;

/**
 * Products with one plain weight, or with codes decoded some rows at a time: activations are not quantized, and a token's result does not
 * depend on other tokens.
 */
public final class FloatMatMul implements PreparedMatMul {
    private static final int ACCUMULATORS = 16;
    /** Bytes of weights that stay in a core's cache while all tokens are multiplied. */
    private static final int CACHED = 1 << 18;

    private final Tensor weight;
    /** Empty for plain weights. */
    private final Optional<Unpacking> unpacking;
    /** Type of the multiplied rows. */
    private final Plain codec;
    private final MatMulKernels kernels;
    private final Buffers buffers;
    private final int outputs;
    private final int inputs;

    /**
     * @param outputs number of the weight's rows without padding
     * @param unpacking decoder of a weight of codes
     */
    public FloatMatMul(Tensor weight, int outputs, Optional<Unpacking> unpacking, MatMulKernels kernels, Buffers buffers) {
        this.weight = weight;
        this.unpacking = unpacking;
        this.codec = weight.codec() instanceof Plain plain ? plain : Plain.F32;
        this.kernels = kernels;
        this.buffers = buffers;
        this.outputs = outputs;
        this.inputs = Math.toIntExact(weight.columns());
    }

    /** Rows {@code start} to {@code end} in a plain type. */
    private record PlainRows(MemorySegment rows, int start, int end) {}

    public static boolean supports(Tensor weight) {
        return weight.columns() % ACCUMULATORS == 0 && switch (weight.codec()) {
            case Plain plain -> plain == Plain.F32 || plain == Plain.F16 || plain == Plain.BF16;
            default -> Unpacking.supports(weight.codec());
        };
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
        return new Exact(x, y);
    }

    private final class Exact implements Product {
        private final Matrix x;
        private final Matrix y;
        private final int tiles;
        private final int tokens;
        private final Kernel kernel;
        private final MemorySegment activations;

        Exact(Matrix x, Matrix y) {
            this.x = x;
            this.y = y;
            this.tiles = Math.max(1, Math.ceilDiv(x.rows(), FloatKernel.maxTokens(kernels.isa())));
            this.tokens = Math.max(1, Math.ceilDiv(x.rows(), tiles));
            this.kernel = kernels.floats(codec, tokens).get();
            this.activations = buffers.acquire((long) tiles * tokens * inputs * Float.BYTES);
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
            for (int row = from; row < to; row++) {
                MemorySegment.copy(x.data(), x.at(row), activations, JAVA_FLOAT, (long) row * inputs * Float.BYTES, inputs);
            }
        }

        @Override
        public void compute(int from, int to) {
            Objects.checkFromToIndex(from, to, outputs);
            if (from == to || x.rows() == 0) {
                return;
            }
            int group = FloatKernel.rows(kernels.isa(), tokens);
            boolean whole = tokens == 1 && unpacking.isEmpty();
            int rows = whole ? to - from : Math.max(group, (int) (CACHED / codec.bytes(inputs)) / group * group);
            MemorySegment sums = buffers.acquire((long) (rows + group) * tokens * Float.BYTES);
            for (int first = from; first < to; first += rows) {
                chunk(first, Math.min(to, first + rows), group, sums);
            }
            buffers.release(sums);
        }

        /** Multiplies rows with all tokens while they are in the cache. */
        private void chunk(int from, int to, int group, MemorySegment sums) {
            if (unpacking.isEmpty()) {
                all(new PlainRows(weight.data(), 0, Math.toIntExact(weight.rows())), from, to, group, sums);
                return;
            }
            int start = Math.max(0, Math.min(from, to - group)); // at least a group of rows, which the weight has
            int end = Math.max(to, start + group);
            MemorySegment plain = buffers.acquire((end - start) * codec.bytes(inputs));
            MemorySegment stored = weight.data().asSlice(start * weight.rowBytes(), (end - start) * weight.rowBytes());
            unpacking.orElseThrow().unpack(stored, plain, (end - start) * (long) inputs / weight.codec().blockSize());
            all(new PlainRows(plain, start, end), from, to, group, sums);
            buffers.release(plain);
        }

        private void all(PlainRows plain, int from, int to, int group, MemorySegment sums) {
            for (int tile = 0; tile < tiles; tile++) {
                tile(plain, from, to, tile, group, sums);
            }
        }

        /** Multiplies whole groups of rows, then a last group that may overlap. */
        private void tile(PlainRows plain, int from, int to, int tile, int group, MemorySegment sums) {
            int groups = (to - from) / group;
            if (groups > 0) {
                call(plain, from, groups, tile, group, sums);
                copy(from, from, groups * group, groups, tile, group, sums);
            }
            int done = from + groups * group;
            if (done < to) {
                int first = Math.min(done, plain.end - group);
                call(plain, first, 1, tile, group, sums);
                copy(first, done, to - done, 1, tile, group, sums);
            }
        }

        private void call(PlainRows plain, int from, int groups, int tile, int group, MemorySegment sums) {
            long rowBytes = codec.bytes(inputs);
            long stride = tokens == 1 ? groups * rowBytes : rowBytes;
            MemorySegment rows = plain.rows.asSlice((from - plain.start) * rowBytes, (long) groups * group * rowBytes);
            long at = (long) tile * tokens * inputs * Float.BYTES;
            kernel.call(rows, activations.asSlice(at), sums, groups, stride, inputs / ACCUMULATORS);
        }

        /**
         * Copies sums to y.
         *
         * @param first row of the first sum
         * @param from first row to copy
         */
        private void copy(int first, int from, int count, int groups, int tile, int group, MemorySegment sums) {
            int last = Math.min(tokens, x.rows() - tile * tokens);
            float[] all = sums.asSlice(0, (long) groups * group * tokens * Float.BYTES).toArray(JAVA_FLOAT);
            for (int token = 0; token < last; token++) {
                int target = y.at(tile * tokens + token);
                for (int row = from; row < from + count; row++) {
                    int i = row - first;
                    int at = tokens == 1 ? i % groups * group + i / groups : i;
                    y.data()[target + row] = all[at * tokens + token];
                }
            }
        }
    }
}

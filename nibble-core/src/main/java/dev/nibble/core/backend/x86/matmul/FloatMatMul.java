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
 * Products of one weight of plain numbers, or of codes that are made plain numbers some rows at a time: nothing is rounded, and a token gets
 * the same bits whatever other tokens there are.
 */
public final class FloatMatMul implements PreparedMatMul {
    private static final int STRANDS = 16;
    /** Bytes of weights that stay in a core's cache while all tokens go through them. */
    private static final int CACHED = 1 << 18;

    private final Tensor weight;
    /** Empty for plain numbers. */
    private final Optional<Unpacking> unpacking;
    /** What the rows are multiplied as. */
    private final Plain codec;
    private final MatMulKernels kernels;
    private final Buffers buffers;
    private final int outputs;
    private final int inputs;

    /**
     * @param outputs   those of the weight's rows that count
     * @param unpacking of a weight of codes
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

    /** Rows {@code start} to {@code end} as plain numbers. */
    private record Numbers(MemorySegment rows, int start, int end) {}

    public static boolean knows(Tensor weight) {
        return weight.columns() % STRANDS == 0 && switch (weight.codec()) {
            case Plain plain -> plain == Plain.F32 || plain == Plain.F16 || plain == Plain.BF16;
            default -> Unpacking.knows(weight.codec());
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
            this.tiles = Math.max(1, Math.ceilDiv(x.rows(), FloatKernel.most(kernels.isa())));
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

        /** Rows that are gone through by all tokens before the next ones are. */
        private void chunk(int from, int to, int group, MemorySegment sums) {
            if (unpacking.isEmpty()) {
                all(new Numbers(weight.data(), 0, Math.toIntExact(weight.rows())), from, to, group, sums);
                return;
            }
            int start = Math.max(0, Math.min(from, to - group)); // a group of rows, if the weight has as many: it does
            int end = Math.max(to, start + group);
            MemorySegment numbers = buffers.acquire((end - start) * codec.bytes(inputs));
            MemorySegment stored = weight.data().asSlice(start * weight.rowBytes(), (end - start) * weight.rowBytes());
            unpacking.orElseThrow().unpack(stored, numbers, (end - start) * (long) inputs / weight.codec().blockSize());
            all(new Numbers(numbers, start, end), from, to, group, sums);
            buffers.release(numbers);
        }

        private void all(Numbers numbers, int from, int to, int group, MemorySegment sums) {
            for (int tile = 0; tile < tiles; tile++) {
                tile(numbers, from, to, tile, group, sums);
            }
        }

        /** Whole groups of rows, then the last rows there are, some of them once more. */
        private void tile(Numbers numbers, int from, int to, int tile, int group, MemorySegment sums) {
            int groups = (to - from) / group;
            if (groups > 0) {
                call(numbers, from, groups, tile, group, sums);
                put(from, from, groups * group, groups, tile, group, sums);
            }
            int done = from + groups * group;
            if (done < to) {
                int first = Math.min(done, numbers.end - group);
                call(numbers, first, 1, tile, group, sums);
                put(first, done, to - done, 1, tile, group, sums);
            }
        }

        private void call(Numbers numbers, int from, int groups, int tile, int group, MemorySegment sums) {
            long rowBytes = codec.bytes(inputs);
            long distance = tokens == 1 ? groups * rowBytes : rowBytes;
            MemorySegment rows = numbers.rows.asSlice((from - numbers.start) * rowBytes, (long) groups * group * rowBytes);
            long at = (long) tile * tokens * inputs * Float.BYTES;
            kernel.call(rows, activations.asSlice(at), sums, groups, distance, inputs / STRANDS);
        }

        /**
         * Copies sums to y.
         *
         * @param first the row that the sums start with
         * @param from  the first that is wanted
         */
        private void put(int first, int from, int count, int groups, int tile, int group, MemorySegment sums) {
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

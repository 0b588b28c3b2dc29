package dev.nibble.core.backend.x86;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.nibble.core.kernel.HeadAttention;
import dev.nibble.core.kernel.Ops;
import dev.nibble.core.x86.machine.Assembled;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.function.Supplier;

/** Attention and exponentials in machine code; the steps of attention in a form that there is no kernel for are left to the next backend. */
final class X86Ops implements Ops {
    private static final int LANES = 8;
    private static final int LINE = 64;

    private final Kernels kernels;
    private final Assembled exponential;
    private final Assembled swish;
    private final Buffers buffers;
    private final X86Attention attention;
    private final Supplier<Ops> laterRest;
    private volatile Optional<Ops> rest = Optional.empty();

    X86Ops(Kernels kernels, Buffers buffers, Supplier<Ops> rest) {
        this.laterRest = rest;
        this.kernels = kernels;
        this.exponential = kernels.exponential();
        this.swish = kernels.swish();
        this.buffers = buffers;
        this.attention = new X86Attention(kernels, buffers);
    }

    /** Asked for when it is needed: the Vector API would start to warm up. */
    private Ops rest() {
        if (rest.isEmpty()) {
            rest = Optional.of(laterRest.get());
        }
        return rest.orElseThrow();
    }

    @Override
    public boolean attend(HeadAttention task) {
        if (!X86Attention.knows(task)) {
            return false;
        }
        attention.attend(task);
        return true;
    }

    @Override
    public long read(MemorySegment memory, long from, long apart, int bytes) {
        MemorySegment result = buffers.lend(LANES * Integer.BYTES);
        kernels.read().get().call(memory.asSlice(from, (STREAMS - 1) * apart + bytes), result, result, bytes / LINE, apart, 0);
        long any = result.get(JAVA_LONG, 0);
        buffers.giveBack(result);
        return any;
    }

    @Override
    public void scores(float[] query, int from, float[] rows, int count, int size, float scale, float[] scores, int at) {
        rest().scores(query, from, rows, count, size, scale, scores, at);
    }

    @Override
    public void accumulate(float[] weights, int at, float[] rows, int count, int size, float[] target, int to) {
        rest().accumulate(weights, at, rows, count, size, target, to);
    }

    @Override
    public void swish(float[] x, int from, int count, float linear, float cubic) {
        int padded = Math.ceilDiv(count, LANES) * LANES;
        MemorySegment numbers = buffers.lend((padded + 2L) * Float.BYTES);
        MemorySegment factors = numbers.asSlice((long) padded * Float.BYTES);
        MemorySegment.copy(x, from, numbers, JAVA_FLOAT, 0, count);
        factors.set(JAVA_FLOAT, 0, linear);
        factors.set(JAVA_FLOAT, Float.BYTES, cubic);
        swish.get().call(numbers, factors, numbers, padded / LANES, 0, 0);
        MemorySegment.copy(numbers, JAVA_FLOAT, 0, x, from, count);
        buffers.giveBack(numbers);
    }

    @Override
    public float exp(float[] x, int from, int count, float subtrahend) {
        int whole = count / LANES * LANES;
        float sum = whole == 0 ? 0 : eights(x, from, whole, subtrahend);
        if (whole < count) {
            float[] rest = new float[LANES];
            System.arraycopy(x, from + whole, rest, 0, count - whole);
            eights(rest, 0, LANES, subtrahend);
            System.arraycopy(rest, 0, x, from + whole, count - whole);
            for (int i = 0; i < count - whole; i++) {
                sum += rest[i];
            }
        }
        return sum;
    }

    private float eights(float[] x, int from, int count, float subtrahend) {
        MemorySegment numbers = buffers.lend((long) count * Float.BYTES);
        MemorySegment sums = buffers.lend((LANES + 1L) * Float.BYTES);
        MemorySegment.copy(x, from, numbers, JAVA_FLOAT, 0, count);
        sums.setAtIndex(JAVA_FLOAT, LANES, subtrahend);
        exponential.get().call(numbers, sums.asSlice((long) LANES * Float.BYTES), sums, count / LANES, 0, 0);
        MemorySegment.copy(numbers, JAVA_FLOAT, 0, x, from, count);
        float sum = 0;
        for (int i = 0; i < LANES; i++) {
            sum += sums.getAtIndex(JAVA_FLOAT, i);
        }
        buffers.giveBack(sums);
        buffers.giveBack(numbers);
        return sum;
    }
}

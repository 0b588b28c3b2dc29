package dev.nibble.core.backend.x86;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.nibble.core.kernel.HeadAttention;
import dev.nibble.core.kernel.Ops;
import java.lang.foreign.MemorySegment;

/** Attention and exponentials in machine code; scores and sums one by one, where attention has a form that there is no kernel for, are not. */
final class X86Ops implements Ops {
    private static final int LANES = 8;
    private static final int LINE = 64;

    private final Kernels kernels;
    private final Buffers buffers;
    private final X86Attention attention;

    X86Ops(Kernels kernels, Buffers buffers) {
        this.kernels = kernels;
        this.buffers = buffers;
        this.attention = new X86Attention(kernels, buffers);
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
        kernels.read().call(memory.asSlice(from, (STREAMS - 1) * apart + bytes), result, result, bytes / LINE, apart, 0);
        long any = result.get(JAVA_LONG, 0);
        buffers.giveBack(result);
        return any;
    }

    @Override
    public void scores(float[] query, int from, float[] rows, int count, int size, float scale, float[] scores, int at) {
        for (int row = 0; row < count; row++) {
            float sum = 0;
            for (int i = 0; i < size; i++) {
                sum = Math.fma(query[from + i], rows[row * size + i], sum);
            }
            scores[at + row] = sum * scale;
        }
    }

    @Override
    public void accumulate(float[] weights, int at, float[] rows, int count, int size, float[] target, int to) {
        for (int row = 0; row < count; row++) {
            float weight = weights[at + row];
            for (int i = 0; i < size; i++) {
                target[to + i] = Math.fma(weight, rows[row * size + i], target[to + i]);
            }
        }
    }

    @Override
    public float exp(float[] x, int from, int count, float subtrahend) {
        int whole = count / LANES * LANES;
        float sum = whole == 0 ? 0 : whole(x, from, whole, subtrahend);
        if (whole < count) {
            float[] rest = new float[LANES];
            System.arraycopy(x, from + whole, rest, 0, count - whole);
            whole(rest, 0, LANES, subtrahend);
            System.arraycopy(rest, 0, x, from + whole, count - whole);
            for (int i = 0; i < count - whole; i++) {
                sum += rest[i];
            }
        }
        return sum;
    }

    private float whole(float[] x, int from, int count, float subtrahend) {
        MemorySegment numbers = buffers.lend((long) count * Float.BYTES);
        MemorySegment sums = buffers.lend((LANES + 1L) * Float.BYTES);
        MemorySegment.copy(x, from, numbers, JAVA_FLOAT, 0, count);
        sums.setAtIndex(JAVA_FLOAT, LANES, subtrahend);
        kernels.exponential().call(numbers, sums.asSlice((long) LANES * Float.BYTES), sums, count / LANES, 0, 0);
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

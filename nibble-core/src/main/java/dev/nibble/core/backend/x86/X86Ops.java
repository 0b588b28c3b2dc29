package dev.nibble.core.backend.x86;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.nibble.core.backend.x86.attention.AttentionKernels;
import dev.nibble.core.backend.x86.attention.X86Attention;
import dev.nibble.core.backend.x86.elementwise.ElementwiseKernels;
import dev.nibble.core.backend.x86.elementwise.RopeKernel;
import dev.nibble.core.backend.x86.memory.BandwidthProbeKernel;
import dev.nibble.core.backend.x86.memory.Buffers;
import dev.nibble.core.kernel.HeadAttention;
import dev.nibble.core.kernel.Ops;
import dev.nibble.core.x86.machine.Assembled;
import dev.nibble.core.x86.machine.Kernel;
import dev.nibble.core.x86.machine.KernelCache;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Supplier;

/** Attention and elementwise operations in machine code; forms of attention without a kernel fall back to the next backend. */
final class X86Ops implements Ops {
    private static final int LANES = 8;
    private static final int LINE = 64;
    /** Values processed in a few microseconds, as critical calls must be. */
    private static final int MAX_CRITICAL = 1 << 14;

    private final Assembled reading;
    private final ElementwiseKernels kernels;
    private final Assembled exponential;
    private final Assembled swish;
    private final Assembled squares;
    private final Assembled scaled;
    private final Assembled adding;
    private final Assembled multiplying;
    private volatile Rotation rotation = new Rotation(0, false, Optional.empty());
    private final Buffers buffers;
    private final X86Attention attention;
    private final Supplier<Ops> lazyRest;
    private volatile Optional<Ops> rest = Optional.empty();

    X86Ops(KernelCache cache, Buffers buffers, Supplier<Ops> rest) {
        this.lazyRest = rest;
        this.reading = cache.get("read", new BandwidthProbeKernel(cache.isa())::write);
        this.kernels = new ElementwiseKernels(cache);
        this.exponential = kernels.exponential();
        this.swish = kernels.swish();
        this.squares = kernels.squares();
        this.scaled = kernels.scaled();
        this.adding = kernels.adding();
        this.multiplying = kernels.multiplying();
        this.buffers = buffers;
        this.attention = new X86Attention(new AttentionKernels(cache), buffers);
    }

    /** The next backend's operations, created on demand: the Vector API would start to warm up. */
    private Ops rest() {
        if (rest.isEmpty()) {
            rest = Optional.of(lazyRest.get());
        }
        return rest.orElseThrow();
    }

    @Override
    public boolean attend(HeadAttention task) {
        if (!X86Attention.supports(task)) {
            return false;
        }
        attention.attend(task);
        return true;
    }

    @Override
    public long read(MemorySegment memory, long from, long stride, int bytes) {
        MemorySegment result = buffers.acquire(LANES * Integer.BYTES);
        reading.get().call(memory.asSlice(from, (STREAMS - 1) * stride + bytes), result, result, bytes / LINE, stride, 0);
        long any = result.get(JAVA_LONG, 0);
        buffers.release(result);
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

    /** The kernel of the last rotation, mostly that of the next one, too. */
    private record Rotation(int pairs, boolean interleaved, Optional<Kernel> kernel) {}

    @Override
    public void rmsNorm(float[] x, int from, float[] target, int to, float[] weight, double epsilon) {
        int count = weight.length;
        if (count % LANES != 0 || count == 0) {
            Ops.super.rmsNorm(x, from, target, to, weight, epsilon);
            return;
        }
        double[] sums = new double[4];
        MemorySegment values = Kernel.part(x, from, count);
        squares.get().callCritical(values, values, MemorySegment.ofArray(sums), count / LANES, 0, 0);
        float scale = Ops.scale(sums[0] + sums[1] + (sums[2] + sums[3]), count, epsilon);
        scaled.get().callCritical(values, MemorySegment.ofArray(weight), Kernel.part(target, to, count), count / LANES,
                Float.floatToRawIntBits(scale), 0);
    }

    @Override
    public void add(float[] x, int from, float[] y, int at, int count) {
        int whole = combined(adding, x, from, y, at, count);
        Ops.super.add(x, from + whole, y, at + whole, count - whole);
    }

    @Override
    public void multiply(float[] x, int from, float[] y, int at, int count) {
        int whole = combined(multiplying, x, from, y, at, count);
        Ops.super.multiply(x, from + whole, y, at + whole, count - whole);
    }

    /** @return number of values processed */
    private static int combined(Assembled kernel, float[] x, int from, float[] y, int at, int count) {
        int whole = count / LANES * LANES;
        for (int i = 0; i < whole; i += MAX_CRITICAL) {
            int chunk = Math.min(MAX_CRITICAL, whole - i);
            MemorySegment target = Kernel.part(x, from + i, chunk);
            kernel.get().callCritical(target, Kernel.part(y, at + i, chunk), target, chunk / LANES, 0, 0);
        }
        return whole;
    }

    @Override
    public void rotate(float[] x, int from, int heads, int stride, int pairs, boolean interleaved, float[] table, int at) {
        if (heads == 0 || !RopeKernel.supports(pairs)) {
            Ops.super.rotate(x, from, heads, stride, pairs, interleaved, table, at);
            return;
        }
        Rotation known = rotation;
        if (known.pairs != pairs || known.interleaved != interleaved) {
            known = new Rotation(pairs, interleaved, Optional.of(kernels.rotation(pairs, interleaved).get()));
            rotation = known;
        }
        MemorySegment values = Kernel.part(x, from, (heads - 1) * stride + 2 * pairs);
        known.kernel.orElseThrow().callCritical(values, Kernel.part(table, at, 2 * pairs), values, heads, (long) stride * Float.BYTES, 0);
    }

    @Override
    public void swish(float[] x, int from, int count, float linear, float cubic) {
        MemorySegment factors = MemorySegment.ofArray(new float[]{linear, cubic});
        int whole = count / LANES * LANES;
        for (int i = 0; i < whole; i += MAX_CRITICAL) {
            int chunk = Math.min(MAX_CRITICAL, whole - i);
            MemorySegment values = Kernel.part(x, from + i, chunk);
            swish.get().callCritical(values, factors, values, chunk / LANES, 0, 0);
        }
        if (whole < count) {
            float[] last = Arrays.copyOfRange(x, from + whole, from + whole + LANES);
            MemorySegment values = MemorySegment.ofArray(last);
            swish.get().callCritical(values, factors, values, 1, 0, 0);
            System.arraycopy(last, 0, x, from + whole, count - whole);
        }
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
        MemorySegment values = Kernel.part(x, from, count);
        float[] sums = new float[LANES];
        exponential.get().callCritical(values, MemorySegment.ofArray(new float[]{subtrahend}), MemorySegment.ofArray(sums), count / LANES,
                0,
                0);
        float sum = 0;
        for (float part : sums) {
            sum += part;
        }
        return sum;
    }
}

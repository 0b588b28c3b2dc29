package dev.nibble.core.backend.x86.attention;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.nibble.core.backend.x86.memory.Buffers;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.codec.Q8_0;
import dev.nibble.core.kernel.HeadAttention;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.x86.machine.Kernel;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Attention in one pass over the cache's pages: scores, running softmax, values. Dao et al. 2022, "FlashAttention". A query's result does
 * not depend on other queries.
 */
public final class X86Attention {
    private static final int LANES = 16;
    private static final Set<Codec> UNPACKED = Set.of(Plain.F16, Q8_0.Q8_0);
    private static final float LOWEST = -Float.MAX_VALUE;

    /** Parameters that select the kernels. */
    private record Form(int headSize, Codec codec, boolean capped, boolean sloping) {}

    private record Steps(Kernel transpose, Kernel score, Kernel softmax, Kernel mix, Kernel divide, Optional<Kernel> unpack) {}

    private final AttentionKernels kernels;
    private final Map<Form, Steps> known = new ConcurrentHashMap<>();
    private final Buffers buffers;

    public X86Attention(AttentionKernels kernels, Buffers buffers) {
        this.kernels = kernels;
        this.buffers = buffers;
    }

    /** Whether there are kernels for a task. */
    public static boolean supports(HeadAttention task) {
        return task.pages().headSize() % LANES == 0 && task.pages().positions() == AttentionPage.POSITIONS
                && (UNPACKED.contains(task.pages().codec()) || task.pages().codec() == Plain.F32)
                && task.pages().headSize() % task.pages().codec().blockSize() == 0;
    }

    private Steps assemble(Form form) {
        return new Steps(kernels.keys(form.headSize, form.codec == Plain.F16).get(), kernels.scores(form.headSize).get(),
                kernels.softmax(form.capped, form.sloping).get(), kernels.mix(form.headSize).get(), kernels.dividing(form.headSize).get(),
                UNPACKED.contains(form.codec) ? Optional.of(kernels.unpack(form.codec).get()) : Optional.empty());
    }

    public void attend(HeadAttention task) {
        int count = task.shape().count();
        long head = (long) task.pages().headSize() * Float.BYTES;
        MemorySegment factors = buffers.acquire(3L * Float.BYTES);
        MemorySegment queries = buffers.acquire(count * head);
        MemorySegment sums = buffers.acquire(count * head);
        MemorySegment states = buffers.acquire((long) count * AttentionPage.STATE);
        MemorySegment scores = buffers.acquire((long) count * AttentionPage.ROW);
        MemorySegment keys = buffers.acquire(task.pages().headSize() * (long) AttentionPage.ROW);
        MemorySegment values = buffers.acquire(AttentionPage.POSITIONS * head);
        factors.set(JAVA_FLOAT, 0, task.scaling().scale());
        factors.set(JAVA_FLOAT, SoftmaxKernel.CAP, task.scaling().softCap());
        factors.set(JAVA_FLOAT, SoftmaxKernel.TWO_BY_CAP, 2 / task.scaling().softCap());
        copy(task, task.queries(), queries, true);
        sums.asSlice(0, count * head).fill((byte) 0);
        for (int i = 0; i < count; i++) {
            boolean sinks = !task.scaling().sinks().isEmpty(); // the state after the sink alone: e^(sink − sink)
            states.set(JAVA_FLOAT, (long) i * AttentionPage.STATE + AttentionPage.LARGEST,
                    sinks ? task.scaling().sinks().get(i % task.shape().group()) : LOWEST);
            states.set(JAVA_FLOAT, (long) i * AttentionPage.STATE + AttentionPage.SUM, sinks ? 1 : 0);
            states.set(JAVA_FLOAT, (long) i * AttentionPage.STATE + AttentionPage.SLOPE,
                    task.scaling().slopes().isEmpty() ? 0 : task.scaling().slopes().get(i % task.shape().group()));
        }
        Steps steps = known.computeIfAbsent(
                new Form(task.pages().headSize(), task.pages().codec(), task.scaling().softCap() != 0, !task.scaling().slopes().isEmpty()),
                this::assemble);
        for (int page = task.from(0) / AttentionPage.POSITIONS; page * AttentionPage.POSITIONS < task.to(task.shape().rows() - 1); page++) {
            int positions = setRanges(task, page, states);
            MemorySegment pageKeys = task.pages().keys().apply(page);
            if (task.pages().codec() == Q8_0.Q8_0) {
                pageKeys = unpacked(steps, task, pageKeys, positions, values);
            }
            steps.transpose.call(pageKeys, keys, keys, Math.ceilDiv(positions, 4), 0, 0);
            steps.score.call(queries, keys, scores, count, 0, 0);
            steps.softmax.call(scores, states, factors, count, 0, 0);
            MemorySegment pageValues = task.pages().values().apply(page);
            steps.mix.call(scores,
                    task.pages().codec() == Plain.F32 ? pageValues : unpacked(steps, task, pageValues, positions, values), sums, count,
                    positions, states.address());
        }
        steps.divide.call(sums, states, sums, count, 0, 0);
        copy(task, task.mixed(), sums, false);
        for (MemorySegment buffer : new MemorySegment[]{factors, queries, sums, states, scores, keys, values}) {
            buffers.release(buffer);
        }
    }

    /** The first positions of a page as floats, rounded up to a multiple of four. */
    private MemorySegment unpacked(Steps steps, HeadAttention task, MemorySegment page, int positions, MemorySegment floats) {
        long count = Math.ceilDiv(positions, 4) * 4L * task.pages().headSize();
        steps.unpack.orElseThrow().call(page, floats, floats, count / UnpackKernel.STEP, 0, 0);
        return floats;
    }

    /** Writes each query's range of positions in a page. @return end of the largest range */
    private static int setRanges(HeadAttention task, int page, MemorySegment states) {
        int start = page * AttentionPage.POSITIONS;
        for (int row = 0; row < task.shape().rows(); row++) {
            int from = Math.clamp((long) task.from(row) - start, 0, AttentionPage.POSITIONS);
            int to = Math.clamp((long) task.to(row) - start, 0, AttentionPage.POSITIONS);
            for (int i = row * task.shape().group(); i < (row + 1) * task.shape().group(); i++) {
                states.set(JAVA_INT, (long) i * AttentionPage.STATE + AttentionPage.FROM, from);
                states.set(JAVA_INT, (long) i * AttentionPage.STATE + AttentionPage.TO, to);
                states.set(JAVA_INT, (long) i * AttentionPage.STATE + AttentionPage.OWN, task.to(row) - 1 - start);
            }
        }
        return Math.min(task.to(task.shape().rows() - 1) - start, AttentionPage.POSITIONS);
    }

    /** Copies between rows of a matrix and contiguous memory. */
    private static void copy(HeadAttention task, Matrix matrix, MemorySegment memory, boolean toMemory) {
        int width = task.shape().group() * task.pages().headSize();
        for (int row = 0; row < task.shape().rows(); row++) {
            int at = matrix.at(task.shape().firstRow() + row) + task.shape().column();
            long offset = (long) row * width * Float.BYTES;
            if (toMemory) {
                MemorySegment.copy(matrix.data(), at, memory, JAVA_FLOAT, offset, width);
            } else {
                MemorySegment.copy(memory, JAVA_FLOAT, offset, matrix.data(), at, width);
            }
        }
    }
}

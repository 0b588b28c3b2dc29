package dev.nibble.core.inference;

import dev.nibble.core.kernel.Threads;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * Touches mapped weights page by page in the background, so that they are there when the first token asks for all of them: while a vocabulary
 * is read, a core has nothing to do. What would not fit half of the free memory is left to be read when it is needed.
 */
public final class ReadAhead implements AutoCloseable {
    private static final long PAGE = 4096;

    private final List<MemorySegment> weights;
    private final Thread thread;
    private volatile boolean stopped;
    @SuppressWarnings("UnusedVariable")
    private volatile int sum; // of what was read: a load whose value nobody uses need not be done

    private ReadAhead(List<MemorySegment> weights) {
        this.weights = List.copyOf(weights);
        this.thread = Thread.ofPlatform().daemon().name("nibble-read-ahead").unstarted(this::read);
    }

    /** Starts to read; what is closed must not be unmapped before. */
    public static ReadAhead of(List<MemorySegment> weights) {
        ReadAhead ahead = new ReadAhead(weights);
        ahead.thread.start();
        return ahead;
    }

    private void read() {
        try {
            if (weights.stream().mapToLong(MemorySegment::byteSize).sum() <= AvailableMemory.bytes() / 2) {
                weights.forEach(this::touch);
            }
        } catch (InternalError e) {
            stopped = true; // a file that was cut off meanwhile: what computes with it says so
        }
    }

    private void touch(MemorySegment memory) {
        int bytes = 0;
        for (long at = 0; at < memory.byteSize() && !stopped; at += PAGE) {
            bytes += memory.get(ValueLayout.JAVA_BYTE, at);
        }
        sum = bytes;
    }

    /** Waits until all is read. */
    void await() {
        Threads.joinUninterruptibly(thread);
    }

    @Override
    public void close() {
        stopped = true;
        await();
    }
}

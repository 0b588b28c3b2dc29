package dev.nibble.core.inference;

import dev.nibble.core.kernel.Threads;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * Touches mapped weights page by page in the background, so that they are in memory for the first token: while the vocabulary is read, a
 * core is idle. Weights larger than half of the available memory are left to be read on demand.
 */
public final class ReadAhead implements AutoCloseable {
    private static final long PAGE = 4096;

    private final List<MemorySegment> weights;
    private final Thread thread;
    private volatile boolean stopped;
    @SuppressWarnings("UnusedVariable")
    private volatile int sum; // of the bytes read: a load with an unused value may be optimized away

    private ReadAhead(List<MemorySegment> weights) {
        this.weights = List.copyOf(weights);
        this.thread = Thread.ofPlatform().daemon().name("nibble-read-ahead").unstarted(this::read);
    }

    /** Starts reading; close it before the memory is unmapped. */
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
            stopped = true; // the file was truncated meanwhile: computing with it reports that
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

package dev.nibble.core.inference;

import dev.nibble.core.kernel.Ops;
import dev.nibble.core.kernel.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;

/** Memory read bandwidth of this machine: the upper bound of token generation, which reads every weight for every token. */
public final class ReadBandwidth {
    private static final int CHUNK = 1 << 20;
    private static final int CHUNKS = 64; // per stream: together far larger than any cache
    private static final long STREAM_STRIDE = (long) CHUNKS * CHUNK + 4160; // not a power of two, which would map to the same cache lines
    private static final double NANOS = 1e9;

    private ReadBandwidth() {}

    /** Bytes per second read by {@code threads} threads together: the best of several passes, as other processes can only slow it down. */
    public static double measure(Ops ops, int threads, int passes) {
        try (Arena arena = Arena.ofShared(); Workers workers = Workers.of(threads)) {
            MemorySegment memory = arena.allocate(Ops.STREAMS * STREAM_STRIDE, Long.SIZE);
            memory.fill((byte) 1);
            double best = 0;
            AtomicLong any = new AtomicLong();
            for (int pass = 0; pass < passes; pass++) {
                long start = System.nanoTime();
                workers.run(CHUNKS, 1, (from, to) -> {
                    for (int chunk = from; chunk < to; chunk++) {
                        any.addAndGet(ops.read(memory, (long) chunk * CHUNK, STREAM_STRIDE, CHUNK));
                    }
                });
                best = Math.max(best, (double) Ops.STREAMS * CHUNKS * CHUNK * NANOS / (System.nanoTime() - start));
            }
            if (any.get() == 0) {
                throw new AssertionError("nothing was read");
            }
            return best;
        }
    }
}

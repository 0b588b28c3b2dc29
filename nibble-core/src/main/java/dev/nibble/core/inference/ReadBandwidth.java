package dev.nibble.core.inference;

import dev.nibble.core.kernel.Ops;
import dev.nibble.core.kernel.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;

/** How fast this machine reads memory: what token generation cannot go beyond, because it reads every weight for every token. */
public final class ReadBandwidth {
    private static final int PIECE = 1 << 20;
    private static final int PIECES = 64; // of each place: far more than any cache, all together
    private static final long APART = (long) PIECES * PIECE + 4160; // no power of two, which would share the lines of a cache
    private static final double NANOS = 1e9;

    private ReadBandwidth() {}

    /** Bytes per second that {@code threads} threads read together: the best of several passes, because others only slow it down. */
    public static double measure(Ops ops, int threads, int passes) {
        try (Arena arena = Arena.ofShared(); Workers workers = Workers.of(threads)) {
            MemorySegment memory = arena.allocate(Ops.STREAMS * APART, Long.SIZE);
            memory.fill((byte) 1);
            double best = 0;
            AtomicLong any = new AtomicLong();
            for (int pass = 0; pass < passes; pass++) {
                long start = System.nanoTime();
                workers.run(PIECES, 1, (from, to) -> {
                    for (int piece = from; piece < to; piece++) {
                        any.addAndGet(ops.read(memory, (long) piece * PIECE, APART, PIECE));
                    }
                });
                best = Math.max(best, (double) Ops.STREAMS * PIECES * PIECE * NANOS / (System.nanoTime() - start));
            }
            if (any.get() == 0) {
                throw new AssertionError("nothing was read");
            }
            return best;
        }
    }
}

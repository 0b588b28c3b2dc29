package dev.nibble.core.inference;

import dev.nibble.core.kernel.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicLong;

/** How fast this machine reads memory: what token generation cannot go beyond, because it reads every weight for every token. */
public final class ReadBandwidth {
    private static final long BYTES = 1L << 29; // far more than any cache
    private static final int PIECE = 1 << 20;
    private static final int STREAMS = 4; // a core reads several places at a time faster than one
    private static final double NANOS = 1e9;

    private ReadBandwidth() {}

    /** Bytes per second that {@code threads} threads read together: the best of several passes, because others only slow it down. */
    public static double measure(int threads, int passes) {
        try (Arena arena = Arena.ofShared(); Workers workers = Workers.of(threads)) {
            MemorySegment memory = arena.allocate(BYTES, Long.SIZE);
            memory.fill((byte) 1);
            int pieces = (int) (BYTES / PIECE / STREAMS);
            double best = 0;
            AtomicLong sum = new AtomicLong();
            for (int pass = 0; pass < passes; pass++) {
                long start = System.nanoTime();
                workers.run(pieces, 1, (from, to) -> {
                    for (int piece = from; piece < to; piece++) {
                        sum.addAndGet(read(memory, (long) piece * PIECE, BYTES / STREAMS));
                    }
                });
                best = Math.max(best, BYTES * NANOS / (System.nanoTime() - start));
            }
            if (sum.get() == 0) {
                throw new AssertionError("nothing was read");
            }
            return best;
        }
    }

    /** The sum of a piece of each stream. */
    private static long read(MemorySegment memory, long from, long apart) {
        long a = 0;
        long b = 0;
        long c = 0;
        long d = 0;
        for (int i = 0; i < PIECE; i += Long.BYTES) {
            a += memory.get(ValueLayout.JAVA_LONG, from + i);
            b += memory.get(ValueLayout.JAVA_LONG, from + apart + i);
            c += memory.get(ValueLayout.JAVA_LONG, from + 2 * apart + i);
            d += memory.get(ValueLayout.JAVA_LONG, from + 3 * apart + i);
        }
        return a + b + c + d;
    }
}

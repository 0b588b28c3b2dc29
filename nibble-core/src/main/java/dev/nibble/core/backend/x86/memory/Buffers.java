package dev.nibble.core.backend.x86.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Pool of off-heap buffers; released ones are reused. Thread-safe. */
public final class Buffers {
    private static final int ALIGNMENT = 64;
    private static final long SMALLEST = 1 << 12;

    private final List<MemorySegment> free = new ArrayList<>();

    /** Acquires a buffer of at least {@code bytes} bytes, with arbitrary contents. */
    public synchronized MemorySegment acquire(long bytes) {
        int best = -1;
        for (int i = 0; i < free.size(); i++) {
            long size = free.get(i).byteSize();
            if (size >= bytes && (best < 0 || size < free.get(best).byteSize())) {
                best = i;
            }
        }
        return best >= 0 ? free.remove(best) : Arena.ofAuto().allocate(Math.max(SMALLEST, Long.highestOneBit(bytes - 1) << 1), ALIGNMENT);
    }

    public synchronized void release(MemorySegment buffer) {
        free.add(buffer);
    }
}

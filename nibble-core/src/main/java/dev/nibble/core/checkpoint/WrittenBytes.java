package dev.nibble.core.checkpoint;

import dev.nibble.core.checkpoint.io.Checksums;
import java.util.Map;
import java.util.TreeMap;

/**
 * Written ranges of one tensor with the CRC32C of each. Adjacent ranges are merged, so the checksum of the whole is known when the last gap
 * is closed, in any order of writing.
 */
public final class WrittenBytes {
    private record Stretch(long end, int crc) {}

    private final TreeMap<Long, Stretch> stretches = new TreeMap<>();
    private final long size;

    public WrittenBytes(long size) {
        this.size = size;
    }

    /** Claims {@code length} bytes before they are written. @throws IllegalArgumentException if one of them is already claimed */
    public synchronized void add(long position, long length, int crc) {
        if (length == 0) {
            return;
        }
        Map.Entry<Long, Stretch> before = stretches.floorEntry(position);
        Map.Entry<Long, Stretch> after = stretches.ceilingEntry(position);
        long end = position + length;
        boolean meetsBefore = before != null && before.getValue().end > position;
        boolean meetsAfter = after != null && after.getKey() < end;
        if (meetsBefore || meetsAfter) {
            throw new IllegalArgumentException("bytes " + position + " to " + end + " were written before, or some of them");
        }
        long start = position;
        Stretch joined = new Stretch(end, crc);
        if (before != null && before.getValue().end == position) {
            start = before.getKey();
            joined = new Stretch(end, Checksums.combineCrc32c(before.getValue().crc, crc, length));
        }
        if (after != null && after.getKey() == end) {
            stretches.remove(end);
            joined = new Stretch(after.getValue().end,
                    Checksums.combineCrc32c(joined.crc, after.getValue().crc, after.getValue().end - end));
        }
        stretches.put(start, joined);
    }

    public synchronized boolean isComplete() {
        return firstMissing() == size;
    }

    /** CRC32C of all bytes. @throws IllegalStateException if some are missing */
    public synchronized int crc32c() {
        if (!isComplete()) {
            throw new IllegalStateException("not all bytes are written");
        }
        return size == 0 ? 0 : stretches.firstEntry().getValue().crc;
    }

    /** Offset of the first unwritten byte; the size if there is none. */
    public synchronized long firstMissing() {
        Map.Entry<Long, Stretch> first = stretches.firstEntry();
        return first == null || first.getKey() > 0 ? 0 : first.getValue().end;
    }
}

package dev.nibble.core.codec;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;

/** Copies of a tensor's bytes as an array, since the compiler vectorizes loops over arrays. */
final class StoredBytes {
    private StoredBytes() {}

    /** Copies bytes without {@link MemorySegment#toArray}, which looks up the name of a class for a message that is hardly ever needed. */
    static byte[] of(MemorySegment source, long offset, long count) {
        byte[] bytes = new byte[Math.toIntExact(count)];
        MemorySegment.copy(source, JAVA_BYTE, offset, bytes, 0, bytes.length);
        return bytes;
    }
}

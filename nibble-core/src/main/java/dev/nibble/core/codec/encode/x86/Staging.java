package dev.nibble.core.codec.encode.x86;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Memory outside the heap, which machine code works on. It grows as needed. */
final class Staging {
    private static final int ALIGNMENT = 64;

    private MemorySegment memory = MemorySegment.NULL;

    /** At least so many bytes; those of before are lost. */
    MemorySegment bytes(long count) {
        if (memory.byteSize() < count) {
            memory = Arena.ofAuto().allocate(count, ALIGNMENT);
        }
        return memory;
    }

    /** A copy of those numbers. */
    MemorySegment copy(float[] numbers, int from, int count) {
        MemorySegment target = bytes((long) count * Float.BYTES);
        MemorySegment.copy(numbers, from, target, JAVA_FLOAT, 0, count);
        return target;
    }

    /** Where something of {@code count} bytes for {@code target} is written: in its place, or here if that is on the heap. */
    MemorySegment before(MemorySegment target, long offset, long count) {
        return target.isNative() ? target.asSlice(offset, count) : bytes(count);
    }

    /** Brings it to its place. */
    void deliver(MemorySegment target, long offset, long count) {
        if (!target.isNative()) {
            MemorySegment.copy(memory, JAVA_BYTE, 0, target, JAVA_BYTE, offset, count);
        }
    }
}

package dev.nibble.core.codec.encode.x86;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Off-heap memory for the input and output of machine code. It grows as needed. */
final class Staging {
    private static final int ALIGNMENT = 64;

    private MemorySegment memory = MemorySegment.NULL;

    /** Memory of at least {@code count} bytes; earlier contents are lost. */
    MemorySegment bytes(long count) {
        if (memory.byteSize() < count) {
            memory = Arena.ofAuto().allocate(count, ALIGNMENT);
        }
        return memory;
    }

    /** An off-heap copy of the numbers. */
    MemorySegment copy(float[] numbers, int from, int count) {
        MemorySegment target = bytes((long) count * Float.BYTES);
        MemorySegment.copy(numbers, from, target, JAVA_FLOAT, 0, count);
        return target;
    }

    /** The memory to write {@code count} bytes for {@code target} to: the target itself, or this memory if that is on the heap. */
    MemorySegment before(MemorySegment target, long offset, long count) {
        return target.isNative() ? target.asSlice(offset, count) : bytes(count);
    }

    /** Copies the bytes to the target if they were written here. */
    void deliver(MemorySegment target, long offset, long count) {
        if (!target.isNative()) {
            MemorySegment.copy(memory, JAVA_BYTE, 0, target, JAVA_BYTE, offset, count);
        }
    }
}

package dev.nibble.core.x86.machine;

import dev.nibble.error.MemoryFaultError;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Machine code that can be called. Callers must check that it reads and writes only within the segments.
 *
 * @param code its bytes
 */
public record Kernel(String name, MemorySegment code) {
    /**
     * Calls it.
     *
     * @throws MemoryFaultError if it touched unmapped memory, as of a truncated mapped file; part of the output may be written
     */
    public void call(MemorySegment first, MemorySegment second, MemorySegment third, long fourth, long fifth, long sixth) {
        check(LibC.call(code, first, second, third, fourth, fifth, sixth));
    }

    /**
     * Calls it for a few microseconds of work, during which the garbage collector has to wait; arguments may be heap arrays.
     *
     * @throws MemoryFaultError as {@link #call} does
     */
    public void callCritical(MemorySegment first, MemorySegment second, MemorySegment third, long fourth, long fifth, long sixth) {
        check(LibC.callCritical(code, first, second, third, fourth, fifth, sixth));
    }

    private void check(long result) {
        if (result != 0) {
            throw new MemoryFaultError(name);
        }
    }

    /** Part of an array, for {@link #callCritical}. */
    public static MemorySegment part(float[] array, int from, int count) {
        return MemorySegment.ofArray(array).asSlice((long) from * Float.BYTES, (long) count * Float.BYTES);
    }

    /** The machine code. */
    public byte[] bytes() {
        return code.toArray(ValueLayout.JAVA_BYTE);
    }
}

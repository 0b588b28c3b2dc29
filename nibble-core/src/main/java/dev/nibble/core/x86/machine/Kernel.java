package dev.nibble.core.x86.machine;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Machine code that can be called. Callers have checked that what the code reads and writes lies within the segments.
 *
 * @param code its bytes
 */
public record Kernel(String name, MemorySegment code) {
    /**
     * Calls it.
     *
     * @throws InternalError if it touched memory that is not there, as where a mapped file was cut off; some of the output is written then
     */
    public void call(MemorySegment first, MemorySegment second, MemorySegment third, long fourth, long fifth, long sixth) {
        if (LibC.call(code, first, second, third, fourth, fifth, sixth) != 0) {
            throw new InternalError("kernel " + name + " read memory that is not there: was a mapped file cut off?");
        }
    }

    /** The machine code. */
    public byte[] bytes() {
        return code.toArray(ValueLayout.JAVA_BYTE);
    }
}

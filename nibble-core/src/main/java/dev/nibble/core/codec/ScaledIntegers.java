package dev.nibble.core.codec;

import java.lang.foreign.MemorySegment;

/** {@link Multiples} whose blocks can be put together from any such integers. */
public sealed interface ScaledIntegers extends Multiples permits Q4_0, Q5_0, Q8_0 {
    /** Writes a block. @param integers as many as a block has, in range */
    void write(short scale, byte[] integers, MemorySegment target, long offset);
}

package dev.nibble.core.codec;

import dev.nibble.core.tensor.Codec;
import java.lang.foreign.MemorySegment;

/** A codec of signed integers under one F16 scale per block: {@code number = scale × integer}. Its blocks can be written without rounding. */
public sealed interface ScaledIntegers extends Codec permits Q4_0, Q5_0, Q8_0 {
    int smallest();

    int largest();

    /** Writes a block. @param integers as many as a block has, in range */
    void write(short scale, byte[] integers, MemorySegment target, long offset);
}

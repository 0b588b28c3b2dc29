package dev.nibble.core.codec;

import dev.nibble.core.tensor.Codec;
import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;

/**
 * A codec of codes from a minimum, {@code number = scale × code + minimum}, both F16 and the first four bytes of a block. Where the minimum is a
 * whole number of steps below zero, some code stands for zero, and the block comes apart without rounding.
 */
public sealed interface MinimumBlocks extends Codec permits Q4_1, Q5_1 {
    int largestCode();

    /** The scale of the block at {@code offset}. */
    default float scale(MemorySegment source, long offset) {
        return HalfFloat.read(source, offset);
    }

    /** The code of that block that stands for zero; empty if none does. */
    default OptionalInt zeroPoint(MemorySegment source, long offset) {
        float scale = scale(source, offset);
        float minimum = HalfFloat.read(source, offset + Short.BYTES);
        float zero = minimum == 0 ? 0 : -minimum / scale;
        boolean whole = zero == (int) zero && zero >= 0 && zero <= largestCode();
        return whole ? OptionalInt.of((int) zero) : OptionalInt.empty();
    }

    /** The codes of that block, as many as it has numbers. */
    default void codes(MemorySegment source, long offset, byte[] target) {
        MemorySegment block = MemorySegment.ofArray(StoredBytes.of(source, offset, blockBytes()));
        HalfFloat.write(block, 0, Multiples.ONE);
        HalfFloat.write(block, Short.BYTES, (short) 0);
        float[] numbers = new float[blockSize()];
        decode(block, 0, numbers, 0, numbers.length);
        for (int i = 0; i < numbers.length; i++) {
            target[i] = (byte) numbers[i];
        }
    }
}

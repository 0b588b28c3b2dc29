package dev.nibble.core.codec;

import dev.nibble.core.tensor.Block;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;

/**
 * A codec with codes from a minimum, {@code number = scale × code + minimum}, both F16 and the first four bytes of a block. Where the
 * minimum is a whole number of steps below zero, it has a zero point, and the block splits into its parts without rounding.
 */
public sealed interface MinimumBlocks extends SmallBlockCodec permits Q4_1, Q5_1 {
    int largestCode();

    /** Writes a block. */
    void write(short scale, short minimum, byte[] codes, MemorySegment target, long offset);

    /** The scale of the block at {@code offset}. */
    default float scale(MemorySegment source, long offset) {
        return HalfFloat.read(source, offset);
    }

    /** The zero point of the block; empty if no code is exactly zero. */
    default OptionalInt zeroPoint(MemorySegment source, long offset) {
        float scale = scale(source, offset);
        float minimum = HalfFloat.read(source, offset + Short.BYTES);
        float zero = minimum == 0 ? 0 : -minimum / scale;
        boolean whole = zero == (int) zero && zero >= 0 && zero <= largestCode();
        return whole ? OptionalInt.of((int) zero) : OptionalInt.empty();
    }

    /** The codes of that block, as many as it has numbers. */
    default void codes(MemorySegment source, long offset, byte[] target) {
        readCodes(StoredBytes.of(source, offset, blockBytes()), 0, target);
    }

    /** Half a step of up to 2 / {@link #largestCode}; minimum and scale are rounded to F16, the scale counting twice. */
    @Override
    default double roundingError() {
        return 1.0 / largestCode() + 3 * 0x1p-11;
    }

    @Override
    default boolean scalesFinite(MemorySegment source, long offset) {
        return HalfFloat.isFinite(source, offset) && HalfFloat.isFinite(source, offset + Short.BYTES);
    }

    @Override
    default void decode(MemorySegment source, long offset, float[] target, int from, int count) {
        byte[] bytes = StoredBytes.of(source, offset, bytes(count));
        byte[] codes = new byte[SIZE];
        int at = 0;
        for (int block = from; block < from + count; block += SIZE) {
            float scale = HalfFloat.read(bytes, at);
            float minimum = HalfFloat.read(bytes, at + Short.BYTES);
            readCodes(bytes, at, codes);
            for (int i = 0; i < SIZE; i++) {
                target[block + i] = codes[i] * scale + minimum;
            }
            at += blockBytes();
        }
    }

    @Override
    default Block fit(float[] numbers, int from, Importance importance) {
        return AffineBlock.fit(numbers, from, SIZE, largestCode(), importance, this::write);
    }
}

package dev.nibble.core.codec;

import dev.nibble.core.tensor.Codec;
import java.lang.foreign.MemorySegment;

/**
 * A codec whose numbers are signed integers times one F16 scale per block, {@code number = scale × integer}. A block whose scale is 1
 * decodes to its integers, so any block splits into its parts without rounding.
 */
public sealed interface ScaleOnlyCodec extends Codec permits ScaledIntegerCodec, IQ4_NL, Q1_0, Q2_0, TQ1_0, TQ2_0 {
    /** F16's 1. */
    short ONE = 0x3C00;

    /** The smallest integer that encoders write. */
    int smallest();

    /** The largest integer that encoders write. */
    int largest();

    /** Byte of a block where its scale is. */
    default int scaleAt() {
        return 0;
    }

    /** The scale of the block at {@code offset}. */
    default float scale(MemorySegment source, long offset) {
        return HalfFloat.read(source, offset + scaleAt());
    }

    @Override
    default boolean scalesFinite(MemorySegment source, long offset) {
        return HalfFloat.isFinite(source, offset + scaleAt());
    }

    /** The integers of that block, as many as it has numbers. */
    default void integers(MemorySegment source, long offset, byte[] target) {
        MemorySegment block = MemorySegment.ofArray(StoredBytes.of(source, offset, blockBytes()));
        HalfFloat.write(block, scaleAt(), ONE);
        float[] numbers = new float[blockSize()];
        decode(block, 0, numbers, 0, numbers.length);
        for (int i = 0; i < numbers.length; i++) {
            target[i] = (byte) numbers[i];
        }
    }
}

package dev.nibble.core.codec;

import dev.nibble.core.tensor.Block;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.MemorySegment;

/** A {@link ScaleOnlyCodec} whose blocks can be composed from any integers in range. */
public sealed interface ScaledIntegerCodec extends ScaleOnlyCodec, SmallBlockCodec permits Q4_0, Q5_0, Q8_0 {
    /** Writes a block. @param integers as many as a block has, in range */
    void write(short scale, byte[] integers, MemorySegment target, long offset);

    @Override
    default int largest() {
        return -smallest() - 1;
    }

    /** The positive end stops one step short; the scale is rounded to F16. */
    @Override
    default double roundingError() {
        return -1.0 / smallest() + 0x1p-11;
    }

    @Override
    default void decode(MemorySegment source, long offset, float[] target, int from, int count) {
        byte[] bytes = StoredBytes.of(source, offset, bytes(count));
        byte[] codes = new byte[SIZE];
        int at = 0;
        for (int block = from; block < from + count; block += SIZE) {
            float scale = HalfFloat.read(bytes, at);
            readCodes(bytes, at, codes);
            for (int i = 0; i < SIZE; i++) {
                target[block + i] = codes[i] * scale;
            }
            at += blockBytes();
        }
    }

    @Override
    default void integers(MemorySegment source, long offset, byte[] target) {
        readCodes(StoredBytes.of(source, offset, blockBytes()), 0, target);
    }

    @Override
    default Block fit(float[] numbers, int from, Importance importance) {
        return ScaledBlock.symmetric(numbers, from, SIZE, -smallest(), importance, this::write);
    }
}

package dev.nibble.core.codec;

import dev.nibble.core.tensor.Codec;
import java.lang.foreign.MemorySegment;

/**
 * A codec whose blocks are one group of codes under one scale: the families that the quantized checkpoints of Hugging Face are read
 * into. Its parts can be had and written without rounding anything, so files of other layouts become blocks, and blocks files, exactly.
 */
public sealed interface GroupCodec extends Codec permits GroupAffine, OffsetGroups, ScaledLevels {
    int groupSize();

    /** Bits per code. */
    int bits();

    /** The same codec with another group. */
    GroupCodec withGroup(int size);

    /** The scale of the block at {@code offset}. */
    float scale(MemorySegment source, long offset);

    /** The code of that block that stands for zero, or the offset of {@link OffsetGroups}; 0 for codecs whose codes name levels. */
    float zeroPoint(MemorySegment source, long offset);

    /** The block's codes, unsigned, one per byte from {@code target[from]} on. */
    void codes(MemorySegment source, long offset, byte[] target, int from);

    /** One number of that block: what {@link #decode} gives for it. */
    float number(MemorySegment source, long offset, int index);

    /**
     * Writes a block of these parts.
     *
     * @param scale     a number of the scale's format
     * @param zeroPoint one that the codec can store, or an offset; not looked at if it stores neither
     * @param codes     unsigned, in range, from {@code codes[from]} on
     */
    void write(MemorySegment target, long offset, float scale, float zeroPoint, byte[] codes, int from);
}

package dev.nibble.core.codec;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.nibble.core.tensor.Codec;
import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;

/**
 * A codec whose blocks are one group of codes under one scale: the families for quantized checkpoints of Hugging Face. The parts of a block
 * can be read and written without rounding, so conversion from and to other layouts is exact.
 */
public sealed interface GroupCodec extends Codec permits GroupAffine, OffsetGroups, ScaledLevels {
    /** The largest size of a group. */
    int LARGEST_GROUP = 1 << 26;

    int groupSize();

    /** Bits per code. */
    int bits();

    @Override
    GroupCodec withGroup(int size);

    /** The scale of the block at {@code offset}. */
    float scale(MemorySegment source, long offset);

    /** The zero point of the block, or the offset of {@link OffsetGroups}; 0 for codecs whose codes are indices of levels. */
    float zeroPoint(MemorySegment source, long offset);

    /** Byte of a block where its codes start. */
    int codesAt();

    @Override
    default OptionalInt codeBits() {
        return OptionalInt.of(bits());
    }

    @Override
    default int blockSize() {
        return groupSize();
    }

    @Override
    default int blockBytes() {
        return codesAt() + GroupCodes.bytes(groupSize(), bits());
    }

    /** The block's codes, unsigned, one per byte from {@code target[from]} on. */
    default void codes(MemorySegment source, long offset, byte[] target, int from) {
        GroupCodes.read(StoredBytes.of(source, offset + codesAt(), GroupCodes.bytes(groupSize(), bits())), 0, bits(), target, from,
                groupSize());
    }

    /** Writes the codes of a block, from {@code codes[from]} on. */
    default void writeCodes(MemorySegment target, long offset, byte[] codes, int from) {
        byte[] bytes = new byte[GroupCodes.bytes(groupSize(), bits())];
        GroupCodes.write(codes, from, groupSize(), bits(), bytes, 0);
        MemorySegment.copy(bytes, 0, target, JAVA_BYTE, offset + codesAt(), bytes.length);
    }

    /** One number of the block, as {@link #decode} gives it. */
    float number(MemorySegment source, long offset, int index);

    /**
     * Writes a block from its parts.
     *
     * @param scale     representable in the scale's format
     * @param zeroPoint one that the codec can store, or an offset; ignored if it stores neither
     * @param codes     unsigned, in range, from {@code codes[from]} on
     */
    void write(MemorySegment target, long offset, float scale, float zeroPoint, byte[] codes, int from);
}

package dev.nibble.core.codec;

import dev.nibble.core.tensor.Block;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.MemorySegment;

/**
 * The common structure of Q3_K and Q6_K: blocks of 256 numbers in groups of 16, each with a scale, which is a signed code itself,
 * multiplied by one F16 per block. Codes are stored with {@link #limit} added, also in arrays.
 *
 * <pre>
 *   number = blockScale × groupScale × (code − limit)
 * </pre>
 *
 * A codec adds its constants, its byte layout and the search for scales; then the numbers are rounded again with the rounded scales.
 */
public interface SymmetricSuperBlockCodec extends Codec {
    /** Numbers in a block. */
    int SIZE = 256;

    /** Numbers in a group. */
    int GROUP = 16;

    /** Groups in a block. */
    int GROUPS = SIZE / GROUP;

    /** Codes are {@code −limit} to {@code limit − 1}. */
    int limit();

    /** Codes of scales are {@code −scaleLimit} to {@code scaleLimit − 1}. */
    int scaleLimit();

    /**
     * Searches one group.
     *
     * @param weights one per number, from index 0, or null without importance
     * @return the group's scale
     */
    float search(float[] numbers, int from, byte[] codes, int codesFrom, float[] weights);

    /**
     * Whether the weight of an error with importance is {@code importance × √(2 × the block's mean square + number²)}; else it is the
     * importance alone.
     */
    boolean weighsBySize();

    /**
     * Rounds the groups' scales.
     *
     * @param weights sums over the groups, or null without importance
     * @return whether codes are kept; if not, all are stored as 0
     */
    boolean round(float[] groupScales, float[] weights, SymmetricScales scales);

    /** The integer that the searches round a number to. */
    default int nearest(float number) {
        return Rounding.halfEven(number);
    }

    /** Writes one block. */
    void pack(byte[] codes, SymmetricScales scales, MemorySegment target, long offset);

    /** Reads one block. */
    void unpack(MemorySegment source, long offset, byte[] codes, SymmetricScales scales);

    @Override
    default int blockSize() {
        return SIZE;
    }

    @Override
    default void decode(MemorySegment source, long offset, float[] target, int from, int count) {
        byte[] codes = new byte[SIZE];
        SymmetricScales scales = new SymmetricScales();
        for (int block = 0; block < count / SIZE; block++) {
            unpack(source, offset + (long) block * blockBytes(), codes, scales);
            for (int i = 0; i < SIZE; i++) {
                target[from + block * SIZE + i] = scales.scale(i / GROUP) * (codes[i] - limit());
            }
        }
    }

    @Override
    default Block fit(float[] numbers, int from, Importance importance) {
        return SymmetricSuperBlock.fit(this, numbers, from, importance);
    }

    /** Half a step, or one at the end with one code less; the group's scale is off by half a step of its own. */
    @Override
    default double roundingError() {
        return 1.0 / limit() + 1.0 / scaleLimit() + 0x1p-10;
    }
}

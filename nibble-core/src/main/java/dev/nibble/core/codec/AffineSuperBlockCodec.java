package dev.nibble.core.codec;

import dev.nibble.core.tensor.Block;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.MemorySegment;

/**
 * The common structure of Q2_K, Q4_K and Q5_K: blocks of 256 numbers in groups of 16 or 32. Every group has a scale and a minimum, which
 * are codes themselves, multiplied by one F16 per block for each kind.
 *
 * <pre>
 *   number = blockScale × groupScale × code − blockMinimum × groupMinimum
 * </pre>
 *
 * A codec adds its constants and its byte layout; fitting is ggml's ({@code quantize_row_q4_K_ref} and {@code quantize_row_q4_K_impl} in
 * ggml-quants.c): search every group, round the groups' scales and minima, then round the numbers again with those.
 */
public interface AffineSuperBlockCodec extends Codec {
    /** Numbers in a block. */
    int SIZE = 256;

    /**
     * The parameters of {@link AffineSearch} for a group's scale and minimum.
     *
     * @param firstShift codes added to the range in the first trial
     * @param shiftStep  codes added from trial to trial
     * @param last       index of the last trial
     * @param absolute   whether the error is the sum of magnitudes, instead of squares
     */
    record Trials(float firstShift, float shiftStep, int last, boolean absolute) {}

    /** The search with importance, the same for all. */
    Trials WITH_IMPORTANCE = new Trials(-0.9f, 0.05f, 36, false);

    int groupSize();

    /** The largest code; the smallest is 0. */
    int largestCode();

    /** The largest code of scales and minima; the smallest is 0. */
    int largestScale();

    /** The search without importance. */
    Trials trials();

    /** Whether the weight without importance, a number's magnitude, is increased by the group's root mean square. */
    boolean addsRootMeanSquare();

    /** The factor in the weight with importance: {@code importance × √(factor × the block's mean square + number²)}. */
    float meanSquareFactor();

    /** Writes one block. */
    void pack(byte[] codes, AffineScales scales, MemorySegment target, long offset);

    /** Reads one block. */
    void unpack(MemorySegment source, long offset, byte[] codes, AffineScales scales);

    default int groups() {
        return SIZE / groupSize();
    }

    @Override
    default int blockSize() {
        return SIZE;
    }

    @Override
    default void decode(MemorySegment source, long offset, float[] target, int from, int count) {
        byte[] codes = new byte[SIZE];
        AffineScales scales = new AffineScales(this);
        for (int block = 0; block < count / SIZE; block++) {
            unpack(source, offset + (long) block * blockBytes(), codes, scales);
            for (int group = 0; group < groups(); group++) {
                float scale = scales.scale(group);
                float minimum = scales.minimum(group);
                int at = from + block * SIZE + group * groupSize();
                for (int i = 0; i < groupSize(); i++) {
                    target[at + i] = scale * codes[group * groupSize() + i] - minimum;
                }
            }
        }
    }

    @Override
    default Block fit(float[] numbers, int from, Importance importance) {
        return AffineSuperBlock.fit(this, numbers, from, importance);
    }

    /**
     * A step of the widest range, twice the largest magnitude: half for rounding, half for a clipped end. The group's scale and minimum are off
     * by up to half a step of their own.
     */
    @Override
    default double roundingError() {
        double widestStep = 2.0 / largestCode();
        return widestStep + 1.5 / largestScale() + 0x1p-10;
    }
}

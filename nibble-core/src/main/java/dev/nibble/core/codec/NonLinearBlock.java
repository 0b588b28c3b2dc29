package dev.nibble.core.codec;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.nibble.core.tensor.Block;
import java.lang.foreign.MemorySegment;

/** A block of IQ4_NL or IQ4_XS being encoded. Public for the vectorized encoders. */
public abstract class NonLinearBlock implements Block {
    private static final int GROUP = NonLinearLevels.GROUP;
    private static final int HALF = GROUP / 2;

    private final byte[] codes;
    private final byte[] packed;
    /** Reciprocals of the groups' scales before those are rounded for storage, as in ggml. */
    final float[] inverses;

    NonLinearBlock(int groups) {
        codes = new byte[groups * GROUP];
        packed = new byte[groups * HALF];
        inverses = new float[groups];
    }

    /** Fixes the scales, those of the groups from {@code scales[from]} on, rounded to the stored format. */
    public abstract void fix(float[] scales, int from);

    /** The factor of the group's levels. */
    abstract float step(int group);

    /** The factor of the group's numbers before they are rounded to a level. */
    public final float inverse(int group) {
        return inverses[group];
    }

    /** The codes, which may be modified. */
    public final byte[] codes() {
        return codes;
    }

    @Override
    public final void choose(int i, float[] numbers, int from) {
        codes[i] = (byte) NonLinearLevels.code(inverses[i / GROUP] * numbers[from]);
    }

    @Override
    public final float value(int i) {
        return step(i / GROUP) * NonLinearLevels.level(codes[i]);
    }

    /** Writes the codes: of each group, the first half in the lower halves of the bytes, the second in the upper. */
    final void writeCodes(MemorySegment target, long offset) {
        for (int group = 0; group < inverses.length; group++) {
            for (int i = 0; i < HALF; i++) {
                packed[group * HALF + i] = (byte) (codes[group * GROUP + i] | (codes[group * GROUP + HALF + i] << 4));
            }
        }
        MemorySegment.copy(packed, 0, target, JAVA_BYTE, offset, packed.length);
    }

    static void readGroup(MemorySegment source, long offset, float step, float[] target, int from) {
        for (int i = 0; i < HALF; i++) {
            int pair = source.get(JAVA_BYTE, offset + i);
            target[from + i] = step * NonLinearLevels.level(pair & 0xF);
            target[from + HALF + i] = step * NonLinearLevels.level((pair >> 4) & 0xF);
        }
    }
}

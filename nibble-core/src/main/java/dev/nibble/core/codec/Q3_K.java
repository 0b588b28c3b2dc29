package dev.nibble.core.codec;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;

/**
 * GGUF's Q3_K: 3-bit codes around zero, with a scale of 6 bits for 16 numbers; 3.4375 bits a number.
 *
 * <pre>
 *   byte 0..31     third bits; bit b of byte i is that of number 32b+i, 1 for codes from 0
 *   byte 32..95    low bits, in the layout of {@link TwoBitPlanes}
 *   byte 96..103   byte 96+g holds the low 4 bits of the scales of group g (low half) and 8+g (high half)
 *   byte 104..107  bits 2k and 2k+1 of byte 104+i are the high 2 bits of the scale of group 4k+i, k 0 to 3
 *   byte 108..109  block scale, F16
 *   number = blockScale × (scale − 32) × (code − 4)
 * </pre>
 */
public enum Q3_K implements SymmetricSuperBlockCodec {
    Q3_K;

    private static final int LIMIT = 4;
    private static final int SCALE_LIMIT = 32;
    public static final int CODES_AT = SIZE / 8;
    public static final int GROUP_SCALES_AT = CODES_AT + TwoBitPlanes.BYTES;
    public static final int SCALE_AT = GROUP_SCALES_AT + 12;
    private static final int BYTES = SCALE_AT + 2;

    @Override
    public String purpose() {
        return "3.4 bits, for models that must be small";
    }

    @Override
    public int blockBytes() {
        return BYTES;
    }

    @Override
    public int limit() {
        return LIMIT;
    }

    @Override
    public int scaleLimit() {
        return SCALE_LIMIT;
    }

    @Override
    public OptionalInt ggufType() {
        return OptionalInt.of(11);
    }

    @Override
    public boolean scalesFinite(MemorySegment source, long offset) {
        return HalfFloat.isFinite(source, offset + SCALE_AT);
    }

    @Override
    public float search(float[] numbers, int from, byte[] codes, int codesFrom, float[] weights) {
        return weights == null
                ? BlockScaleSearch.oneByOne(GROUP, LIMIT, numbers, from, codes, codesFrom)
                : BlockScaleSearch.symmetric(GROUP, LIMIT, numbers, from, codes, codesFrom, weights);
    }

    @Override
    public boolean weighsBySize() {
        return true;
    }

    @Override
    public boolean round(float[] groupScales, float[] weights, SymmetricScales scales) {
        if (weights != null) {
            scales.search(groupScales, SCALE_LIMIT, weights);
        } else if (!scales.round(groupScales, SCALE_LIMIT, Float.MIN_VALUE)) {
            scales.setAll(-SCALE_LIMIT); // stored as 0
        }
        return true;
    }

    @Override
    public void pack(byte[] codes, SymmetricScales scales, MemorySegment target, long offset) {
        for (int i = 0; i < 32; i++) {
            int thirdBits = 0;
            for (int bit = 0; bit < 8; bit++) {
                thirdBits |= codes[32 * bit + i] >> 2 << bit;
            }
            target.set(JAVA_BYTE, offset + i, (byte) thirdBits);
        }
        TwoBitPlanes.write(codes, target, offset + CODES_AT);
        for (int group = 0; group < 8; group++) {
            int low = (stored(scales, group) & 15) | (stored(scales, 8 + group) & 15) << 4;
            target.set(JAVA_BYTE, offset + GROUP_SCALES_AT + group, (byte) low);
        }
        for (int i = 0; i < 4; i++) {
            int high = stored(scales, i) >> 4 | stored(scales, 4 + i) >> 4 << 2 | stored(scales, 8 + i) >> 4 << 4
                    | stored(scales, 12 + i) >> 4 << 6;
            target.set(JAVA_BYTE, offset + GROUP_SCALES_AT + 8 + i, (byte) high);
        }
        scales.writeHalf(target, offset + SCALE_AT);
    }

    private static int stored(SymmetricScales scales, int group) {
        return scales.code(group) + SCALE_LIMIT;
    }

    @Override
    public void unpack(MemorySegment source, long offset, byte[] codes, SymmetricScales scales) {
        TwoBitPlanes.read(source, offset + CODES_AT, codes);
        for (int i = 0; i < SIZE; i++) {
            int thirdBit = source.get(JAVA_BYTE, offset + i % 32) >> (i / 32) & 1;
            codes[i] |= (byte) (thirdBit << 2);
        }
        for (int group = 0; group < GROUPS; group++) {
            int low = source.get(JAVA_BYTE, offset + GROUP_SCALES_AT + group % 8) >> (4 * (group / 8)) & 15;
            int high = source.get(JAVA_BYTE, offset + GROUP_SCALES_AT + 8 + group % 4) >> (2 * (group / 4)) & 3;
            scales.code(group, (low | high << 4) - SCALE_LIMIT);
        }
        scales.readHalf(source, offset + SCALE_AT);
    }
}

package dev.nibble.core.codec;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;

/**
 * GGUF's Q6_K: 6-bit codes around zero, with a scale of 8 bits for 16 numbers; 6.5625 bits a number.
 *
 * <pre>
 *   h 0 or 1, i 0 to 31
 *   byte 64h+i          low 4 bits of number 128h+i    | of 128h+64+i &lt;&lt; 4
 *   byte 64h+32+i       low 4 bits of number 128h+32+i | of 128h+96+i &lt;&lt; 4
 *   byte 128+32h+i      high 2 bits of number 128h+i | of 128h+32+i &lt;&lt; 2 | of 128h+64+i &lt;&lt; 4 | of 128h+96+i &lt;&lt; 6
 *   byte 192..207       the groups' scales, signed
 *   byte 208..209       block scale, F16
 *   number = blockScale × scale × (code − 32)
 * </pre>
 */
public enum Q6_K implements SymmetricSuperBlockCodec {
    Q6_K;

    private static final int LIMIT = 32;
    private static final int SCALE_LIMIT = 128;
    public static final int HIGH_BITS_AT = SIZE / 2;
    public static final int GROUP_SCALES_AT = HIGH_BITS_AT + SIZE / 4;
    public static final int SCALE_AT = GROUP_SCALES_AT + GROUPS;
    private static final int BYTES = SCALE_AT + 2;

    @Override
    public String purpose() {
        return "6.6 bits, nearly lossless";
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
        return OptionalInt.of(14);
    }

    @Override
    public boolean scalesFinite(MemorySegment source, long offset) {
        return HalfFloat.isFinite(source, offset + SCALE_AT);
    }

    @Override
    public float search(float[] numbers, int from, byte[] codes, int codesFrom, float[] weights) {
        return BlockScaleSearch.symmetric(GROUP, LIMIT, numbers, from, codes, codesFrom, weights);
    }

    @Override
    public boolean weighsBySize() {
        return false;
    }

    @Override
    public boolean round(float[] groupScales, float[] weights, SymmetricScales scales) {
        return scales.round(groupScales, SCALE_LIMIT, BlockScaleSearch.ALL_ZERO);
    }

    @Override
    public void pack(byte[] codes, SymmetricScales scales, MemorySegment target, long offset) {
        for (int half = 0; half < 2; half++) {
            writeLow(codes, 128 * half, target, offset + 64 * half);
            writeLow(codes, 128 * half + 32, target, offset + 64 * half + 32);
            writeHigh(codes, 128 * half, target, offset + HIGH_BITS_AT + 32 * half);
        }
        for (int group = 0; group < GROUPS; group++) {
            target.set(JAVA_BYTE, offset + GROUP_SCALES_AT + group, (byte) scales.code(group));
        }
        scales.writeHalf(target, offset + SCALE_AT);
    }

    private static void writeLow(byte[] codes, int from, MemorySegment target, long offset) {
        for (int i = 0; i < 32; i++) {
            target.set(JAVA_BYTE, offset + i, (byte) ((codes[from + i] & 15) | codes[from + 64 + i] << 4));
        }
    }

    private static void writeHigh(byte[] codes, int from, MemorySegment target, long offset) {
        for (int i = 0; i < 32; i++) {
            int low = codes[from + i] >> 4 | codes[from + 32 + i] >> 4 << 2;
            int high = codes[from + 64 + i] >> 4 << 4 | codes[from + 96 + i] >> 4 << 6;
            target.set(JAVA_BYTE, offset + i, (byte) (low | high));
        }
    }

    @Override
    public void unpack(MemorySegment source, long offset, byte[] codes, SymmetricScales scales) {
        for (int half = 0; half < 2; half++) {
            for (int i = 0; i < 32; i++) {
                int low = source.get(JAVA_BYTE, offset + 64 * half + i);
                int lowNext = source.get(JAVA_BYTE, offset + 64 * half + 32 + i);
                int high = source.get(JAVA_BYTE, offset + HIGH_BITS_AT + 32 * half + i);
                codes[128 * half + i] = (byte) ((low & 15) | (high & 3) << 4);
                codes[128 * half + 32 + i] = (byte) ((lowNext & 15) | (high >> 2 & 3) << 4);
                codes[128 * half + 64 + i] = (byte) ((low >> 4 & 15) | (high >> 4 & 3) << 4);
                codes[128 * half + 96 + i] = (byte) ((lowNext >> 4 & 15) | (high >> 6 & 3) << 4);
            }
        }
        for (int group = 0; group < GROUPS; group++) {
            scales.code(group, source.get(JAVA_BYTE, offset + GROUP_SCALES_AT + group));
        }
        scales.readHalf(source, offset + SCALE_AT);
    }
}

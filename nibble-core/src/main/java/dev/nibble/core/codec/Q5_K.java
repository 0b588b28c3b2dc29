package dev.nibble.core.codec;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;

/**
 * GGUF's Q5_K: 5-bit codes, with a scale and a minimum of 6 bits for 32 numbers; 5.5 bits a number.
 *
 * <pre>
 *   byte 0..1     block scale, F16
 *   byte 2..3     block minimum, F16
 *   byte 4..15    the groups' scales and minima, in the layout of {@link SixBitPairs}
 *   byte 16..47   fifth bits; bit g of byte 16+i is that of number 32g+i
 *   byte 48..175  low bits; byte 48+32p+i holds number 64p+i (low 4 bits) and number 64p+32+i (high 4 bits), p 0 to 3, i 0 to 31
 *   number = blockScale × scale × code − blockMinimum × minimum
 * </pre>
 */
public enum Q5_K implements AffineSuperBlockCodec {
    Q5_K;

    public static final int SCALE_AT = 0;
    public static final int GROUP_SCALES_AT = 4;
    public static final int FIFTH_BITS_AT = GROUP_SCALES_AT + SixBitPairs.BYTES;
    public static final int CODES_AT = FIFTH_BITS_AT + SIZE / 8;
    private static final int BYTES = CODES_AT + SIZE / 2;
    private static final int GROUP = 32;

    @Override
    public String purpose() {
        return "5.5 bits, between Q4_K and Q6_K in size and error";
    }

    @Override
    public int blockBytes() {
        return BYTES;
    }

    @Override
    public int groupSize() {
        return 32;
    }

    @Override
    public int largestCode() {
        return 31;
    }

    @Override
    public int largestScale() {
        return 63;
    }

    @Override
    public Trials trials() {
        return new Trials(-0.5f, 0.1f, 15, false);
    }

    @Override
    public boolean addsRootMeanSquare() {
        return true;
    }

    @Override
    public float meanSquareFactor() {
        return 2;
    }

    @Override
    public OptionalInt ggufType() {
        return OptionalInt.of(13);
    }

    @Override
    public boolean scalesFinite(MemorySegment source, long offset) {
        return HalfFloat.isFinite(source, offset + SCALE_AT) && HalfFloat.isFinite(source, offset + SCALE_AT + 2);
    }

    @Override
    public void pack(byte[] codes, AffineScales scales, MemorySegment target, long offset) {
        scales.writeHalves(target, offset);
        SixBitPairs.write(scales, target, offset + GROUP_SCALES_AT);
        for (int i = 0; i < GROUP; i++) {
            int fifthBits = 0;
            for (int group = 0; group < SIZE / GROUP; group++) {
                fifthBits |= codes[GROUP * group + i] >> 4 << group;
            }
            target.set(JAVA_BYTE, offset + FIFTH_BITS_AT + i, (byte) fifthBits);
        }
        for (int pair = 0; pair < SIZE; pair += 2 * GROUP) {
            for (int i = 0; i < GROUP; i++) {
                target.set(JAVA_BYTE, offset + CODES_AT + pair / 2 + i, (byte) ((codes[pair + i] & 15) | codes[pair + GROUP + i] << 4));
            }
        }
    }

    @Override
    public void unpack(MemorySegment source, long offset, byte[] codes, AffineScales scales) {
        scales.readHalves(source, offset);
        SixBitPairs.read(source, offset + GROUP_SCALES_AT, scales);
        for (int i = 0; i < SIZE; i++) {
            int group = i / GROUP;
            int fifthBit = source.get(JAVA_BYTE, offset + FIFTH_BITS_AT + i % GROUP) >> group & 1;
            int low = source.get(JAVA_BYTE, offset + CODES_AT + group / 2 * GROUP + i % GROUP) >> (4 * (group % 2)) & 15;
            codes[i] = (byte) (low | fifthBit << 4);
        }
    }
}

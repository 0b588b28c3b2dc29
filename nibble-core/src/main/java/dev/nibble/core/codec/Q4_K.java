package dev.nibble.core.codec;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;

/**
 * GGUF's Q4_K: 4-bit codes, with a scale and a minimum of 6 bits for 32 numbers; 4.5 bits a number.
 *
 * <pre>
 *   byte 0..1     block scale, F16
 *   byte 2..3     block minimum, F16
 *   byte 4..15    the groups' scales and minima, in the layout of {@link SixBitPairs}
 *   byte 16..143  codes; byte 16+32p+i holds number 64p+i (low 4 bits) and number 64p+32+i (high 4 bits), p 0 to 3, i 0 to 31
 *   number = blockScale × scale × code − blockMinimum × minimum
 * </pre>
 */
public enum Q4_K implements AffineSuperBlockCodec {
    Q4_K;

    public static final int SCALE_AT = 0;
    public static final int GROUP_SCALES_AT = 4;
    public static final int CODES_AT = GROUP_SCALES_AT + SixBitPairs.BYTES;
    private static final int BYTES = CODES_AT + SIZE / 2;
    private static final int GROUP = 32;

    @Override
    public String purpose() {
        return "4.5 bits, the default choice";
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
        return 15;
    }

    @Override
    public int largestScale() {
        return 63;
    }

    @Override
    public Trials trials() {
        return new Trials(-1, 0.1f, 20, false);
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
        return OptionalInt.of(12);
    }

    @Override
    public boolean scalesFinite(MemorySegment source, long offset) {
        return HalfFloat.isFinite(source, offset + SCALE_AT) && HalfFloat.isFinite(source, offset + SCALE_AT + 2);
    }

    @Override
    public void pack(byte[] codes, AffineScales scales, MemorySegment target, long offset) {
        scales.writeHalves(target, offset);
        SixBitPairs.write(scales, target, offset + GROUP_SCALES_AT);
        for (int pair = 0; pair < SIZE; pair += 2 * GROUP) {
            for (int i = 0; i < GROUP; i++) {
                target.set(JAVA_BYTE, offset + CODES_AT + pair / 2 + i, (byte) (codes[pair + i] | codes[pair + GROUP + i] << 4));
            }
        }
    }

    @Override
    public void unpack(MemorySegment source, long offset, byte[] codes, AffineScales scales) {
        scales.readHalves(source, offset);
        SixBitPairs.read(source, offset + GROUP_SCALES_AT, scales);
        for (int pair = 0; pair < SIZE; pair += 2 * GROUP) {
            for (int i = 0; i < GROUP; i++) {
                int both = source.get(JAVA_BYTE, offset + CODES_AT + pair / 2 + i);
                codes[pair + i] = (byte) (both & 15);
                codes[pair + GROUP + i] = (byte) (both >> 4 & 15);
            }
        }
    }
}

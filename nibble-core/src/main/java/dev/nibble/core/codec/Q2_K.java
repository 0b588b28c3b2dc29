package dev.nibble.core.codec;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;

/**
 * GGUF's Q2_K: 2-bit codes, with a scale and a minimum of 4 bits for 16 numbers; 2.625 bits a number.
 *
 * <pre>
 *   byte 0..15    low 4 bits: the group's scale; high 4 bits: its minimum
 *   byte 16..79   codes, in the layout of {@link TwoBitPlanes}
 *   byte 80..81   block scale, F16
 *   byte 82..83   block minimum, F16
 *   number = blockScale × scale × code − blockMinimum × minimum
 * </pre>
 */
public enum Q2_K implements AffineSuperBlockCodec {
    Q2_K;

    public static final int CODES_AT = 16;
    public static final int SCALE_AT = CODES_AT + TwoBitPlanes.BYTES;
    private static final int BYTES = SCALE_AT + 4;

    @Override
    public String purpose() {
        return "2.6 bits, the smallest that is usable without importance";
    }

    @Override
    public int blockBytes() {
        return BYTES;
    }

    @Override
    public int groupSize() {
        return 16;
    }

    @Override
    public int largestCode() {
        return 3;
    }

    @Override
    public int largestScale() {
        return 15;
    }

    @Override
    public Trials trials() {
        return new Trials(-0.5f, 0.1f, 15, true);
    }

    @Override
    public boolean addsRootMeanSquare() {
        return false;
    }

    @Override
    public float meanSquareFactor() {
        return 1;
    }

    @Override
    public OptionalInt ggufType() {
        return OptionalInt.of(10);
    }

    @Override
    public boolean scalesFinite(MemorySegment source, long offset) {
        return HalfFloat.isFinite(source, offset + SCALE_AT) && HalfFloat.isFinite(source, offset + SCALE_AT + 2);
    }

    @Override
    public void pack(byte[] codes, AffineScales scales, MemorySegment target, long offset) {
        for (int group = 0; group < groups(); group++) {
            target.set(JAVA_BYTE, offset + group, (byte) (scales.scaleCode(group) | scales.minimumCode(group) << 4));
        }
        TwoBitPlanes.write(codes, target, offset + CODES_AT);
        scales.writeHalves(target, offset + SCALE_AT);
    }

    @Override
    public void unpack(MemorySegment source, long offset, byte[] codes, AffineScales scales) {
        for (int group = 0; group < groups(); group++) {
            int both = source.get(JAVA_BYTE, offset + group);
            scales.codes(group, both & 15, both >> 4 & 15);
        }
        TwoBitPlanes.read(source, offset + CODES_AT, codes);
        scales.readHalves(source, offset + SCALE_AT);
    }
}

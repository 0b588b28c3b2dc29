package dev.nibble.core.codec;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.nibble.core.tensor.Block;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Float8;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;

/**
 * MXFP4 of the OCP MX specification, as GGUF lays it out: 4-bit floats (E2M1), one power of two for 32 numbers. Importance does not change
 * it.
 *
 * <pre>
 *   byte 0       exponent, E8M0
 *   byte 1..16   codes; byte 1+i holds number i (low 4 bits) and number 16+i (high 4 bits)
 *   number = 2^(exponent − 127) × E2M1
 * </pre>
 *
 * The exponent is chosen so that the largest magnitude is between 4 and 8 steps; above 6 it is clipped.
 */
public enum MXFP4 implements Codec {
    MXFP4;

    private static final int SIZE = 32;
    private static final int HALF = SIZE / 2;
    public static final int CODES_AT = 1;
    private static final int NAN = 0xFF;

    @Override
    public String purpose() {
        return "4-bit floats with powers of two as scales: gpt-oss, and hardware that knows them";
    }

    @Override
    public int blockSize() {
        return SIZE;
    }

    @Override
    public int blockBytes() {
        return CODES_AT + HALF;
    }

    @Override
    public double roundingError() {
        return 0.25; // almost 8 steps become 6
    }

    @Override
    public OptionalInt ggufType() {
        return OptionalInt.of(39);
    }

    @Override
    public boolean scalesFinite(MemorySegment source, long offset) {
        return (source.get(JAVA_BYTE, offset) & 0xFF) != NAN;
    }

    @Override
    public void decode(MemorySegment source, long offset, float[] target, int from, int count) {
        byte[] bytes = StoredBytes.of(source, offset, bytes(count));
        byte[] codes = new byte[SIZE];
        int at = 0;
        for (int block = from; block < from + count; block += SIZE) {
            float halfScale = halfScale(bytes[at]);
            Nibbles.read(bytes, at + CODES_AT, HALF, 0, codes);
            for (int i = 0; i < SIZE; i++) {
                target[block + i] = E2m1.doubled(codes[i]) * halfScale;
            }
            at += blockBytes();
        }
    }

    @Override
    public Block fit(float[] numbers, int from, Importance importance) {
        Open block = new Open(exponent(Math.abs(ScaledBlock.extreme(numbers, from, SIZE))));
        for (int i = 0; i < SIZE; i++) {
            block.choose(i, numbers, from + i);
        }
        return block;
    }

    /** The exponent of the largest magnitude less two, by a logarithm in float, which is one too high just below a power of two. */
    private static byte exponent(float largest) {
        if (largest == 0) {
            return 0;
        }
        float logarithm = (float) (StrictMath.log(largest) / StrictMath.log(2));
        return (byte) Math.clamp((int) Math.floor(logarithm) - 2 + 127, 0, NAN - 1);
    }

    private static float halfScale(byte exponent) {
        int bits = exponent & 0xFF;
        return bits == NAN ? 0x1p127f : 0.5f * Float8.fromE8m0(exponent); // ggml has no NaN here
    }

    private static final class Open implements Block {
        private final byte exponent;
        private final byte[] codes = new byte[SIZE];

        Open(byte exponent) {
            this.exponent = exponent;
        }

        @Override
        public void choose(int i, float[] numbers, int from) {
            codes[i] = (byte) E2m1.nearest(numbers[from], halfScale(exponent));
        }

        @Override
        public float value(int i) {
            return E2m1.doubled(codes[i]) * halfScale(exponent);
        }

        @Override
        public void write(MemorySegment target, long offset) {
            target.set(JAVA_BYTE, offset, exponent);
            Nibbles.write(codes, 0, HALF, 0, target, offset + CODES_AT);
        }
    }
}

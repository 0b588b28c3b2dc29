package dev.nibble.core.codec;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.nibble.core.tensor.Block;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Float8;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;

/**
 * NVIDIA's NVFP4 as GGUF lays it out: 4-bit floats (E2M1), an 8-bit float for 16 numbers, four such groups in a block. Importance does not
 * change it.
 *
 * <pre>
 *   byte 0..3    scales, UE4M3
 *   byte 4..35   codes; byte 4+8g+i holds numbers 16g+i (low 4 bits) and 16g+8+i (high 4 bits)
 *   number = scale × E2M1
 * </pre>
 *
 * The scales reach from 2^-9 to 448, so numbers should be scaled to between about 0.1 and 1500 first; the global scale of a tensor is
 * stored outside the blocks.
 */
public enum NVFP4 implements Codec {
    NVFP4;

    private static final int GROUPS = 4;
    public static final int CODES_AT = GROUPS;
    private static final int GROUP = 16;
    private static final int SIZE = GROUPS * GROUP;
    private static final int HALF = GROUP / 2;
    private static final int NAN = 0x7F;
    private static final int LARGEST = 0x7E;
    private static final int CODE_OF_256 = 0x78;
    private static final int LARGEST_CODE = 6; // of E2M1
    private static final float LARGEST_SCALE = 248; // rounded to 240; ggml's rounding makes larger ones 448

    @Override
    public String purpose() {
        return "4-bit floats with 8-bit floats as scales, for hardware that knows them";
    }

    @Override
    public int blockSize() {
        return SIZE;
    }

    @Override
    public int blockBytes() {
        return CODES_AT + SIZE / 2;
    }

    @Override
    public double roundingError() {
        return 3.0 / 17; // half of the step from 4 to 6, with the scale rounded up from 17/16 to 18/16
    }

    /** The smallest power of two that leaves no scale above {@value #LARGEST_SCALE}; 1 for a weight of zeros. */
    @Override
    public float globalScale(float largest) {
        float scale = largest / LARGEST_CODE / LARGEST_SCALE;
        if (!(scale >= Float.MIN_NORMAL) || scale > Float.MAX_VALUE) {
            return 1;
        }
        float power = Math.scalb(1f, Math.getExponent(scale));
        return power < scale ? 2 * power : power;
    }

    @Override
    public OptionalInt ggufType() {
        return OptionalInt.of(40);
    }

    @Override
    public boolean scalesFinite(MemorySegment source, long offset) {
        boolean finite = true;
        for (int group = 0; group < GROUPS; group++) {
            finite &= (source.get(JAVA_BYTE, offset + group) & NAN) != NAN;
        }
        return finite;
    }

    @Override
    public void decode(MemorySegment source, long offset, float[] target, int from, int count) {
        byte[] bytes = StoredBytes.of(source, offset, bytes(count));
        byte[] codes = new byte[GROUP];
        int at = 0;
        for (int block = from; block < from + count; block += SIZE) {
            for (int group = 0; group < GROUPS; group++) {
                float halfScale = halfScale(bytes[at + group]);
                Nibbles.read(bytes, at + CODES_AT + group * HALF, HALF, 0, codes);
                for (int i = 0; i < GROUP; i++) {
                    target[block + group * GROUP + i] = E2m1.doubled(codes[i]) * halfScale;
                }
            }
            at += blockBytes();
        }
    }

    @Override
    public Block fit(float[] numbers, int from, Importance importance) {
        Open block = new Open();
        for (int group = 0; group < GROUPS; group++) {
            float largest = Math.abs(ScaledBlock.extreme(numbers, from + group * GROUP, GROUP));
            block.scales[group] = scale(largest / 6);
        }
        for (int i = 0; i < SIZE; i++) {
            block.choose(i, numbers, from + i);
        }
        return block;
    }

    /** Rounds as ggml does, not to even as {@link Float8}: ties go up, and results of 256 or more become 448. */
    private static byte scale(float x) {
        if (x >= 256) {
            return LARGEST;
        }
        if (x < 0x1p-6f) {
            return (byte) Math.min((int) (x * 512 + 0.5f), 7);
        }
        int rounded = ((Float.floatToRawIntBits(x) >> 19) + 1) >> 1; // exponent with bias 127, three bits of mantissa
        int code = rounded - ((127 - 7) << 3);
        return (byte) (code < CODE_OF_256 ? code : LARGEST);
    }

    /** Half the scale, since E2M1 is doubled; the top bit is not used, and NaN is 0 as in ggml unless that bit is set. */
    private static float halfScale(byte bits) {
        if (bits == NAN) {
            return 0;
        }
        return (bits & NAN) == NAN ? 240 : 0.5f * Float8.fromUe4m3(bits);
    }

    private static final class Open implements Block {
        private final byte[] scales = new byte[GROUPS];
        private final byte[] codes = new byte[SIZE];

        @Override
        public void choose(int i, float[] numbers, int from) {
            codes[i] = (byte) E2m1.nearest(numbers[from], halfScale(scales[i / GROUP]));
        }

        @Override
        public float value(int i) {
            return E2m1.doubled(codes[i]) * halfScale(scales[i / GROUP]);
        }

        @Override
        public void write(MemorySegment target, long offset) {
            MemorySegment.copy(scales, 0, target, JAVA_BYTE, offset, GROUPS);
            for (int group = 0; group < GROUPS; group++) {
                Nibbles.write(codes, group * GROUP, HALF, 0, target, offset + CODES_AT + group * HALF);
            }
        }
    }
}

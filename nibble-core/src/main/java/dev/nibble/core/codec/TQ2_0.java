package dev.nibble.core.codec;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.nibble.core.tensor.Block;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;

/**
 * GGUF's TQ2_0: the multiples −1, 0, 1 of one scale for 256 numbers, which is their largest magnitude; two bits each. For models trained to
 * be ternary. Importance does not change it.
 *
 * <pre>
 *   byte 0..63    codes; byte 32h+m holds numbers 128h+m, 128h+32+m, 128h+64+m and 128h+96+m, from the low bits up
 *   byte 64..65   scale, F16
 *   number = scale × (code − 1); code 3 is never written
 * </pre>
 */
public enum TQ2_0 implements ScaleOnlyCodec {
    TQ2_0;

    private static final int SIZE = 256;
    private static final int RUN = 32;
    private static final int CODES = SIZE / 4;

    @Override
    public String purpose() {
        return "ternary models in 2 bits; faster than TQ1_0";
    }

    @Override
    public int blockSize() {
        return SIZE;
    }

    @Override
    public int blockBytes() {
        return CODES + 2;
    }

    @Override
    public double roundingError() {
        return 0.5 + 0x1p-11; // half a step, and the rounding of the scale to F16
    }

    @Override
    public OptionalInt ggufType() {
        return OptionalInt.of(35);
    }

    @Override
    public int smallest() {
        return -1;
    }

    @Override
    public int largest() {
        return 1;
    }

    @Override
    public int scaleAt() {
        return CODES;
    }

    @Override
    public void decode(MemorySegment source, long offset, float[] target, int from, int count) {
        long position = offset;
        for (int block = from; block < from + count; block += SIZE) {
            float scale = HalfFloat.read(source, position + CODES);
            for (int i = 0; i < SIZE; i++) {
                int code = source.get(JAVA_BYTE, position + position(i)) >> shift(i) & 3;
                target[block + i] = (code - 1) * scale;
            }
            position += blockBytes();
        }
    }

    @Override
    public Block fit(float[] numbers, int from, Importance importance) {
        return ScaledBlock.balanced(numbers, from, SIZE, 1, this::write);
    }

    private void write(short scale, byte[] codes, MemorySegment target, long offset) {
        byte[] packed = new byte[CODES];
        for (int i = 0; i < SIZE; i++) {
            packed[position(i)] |= (byte) ((codes[i] + 1) << shift(i));
        }
        MemorySegment.copy(packed, 0, target, JAVA_BYTE, offset, CODES);
        HalfFloat.write(target, offset + CODES, scale);
    }

    private static int position(int i) {
        return i / (4 * RUN) * RUN + i % RUN;
    }

    private static int shift(int i) {
        return i / RUN % 4 * 2;
    }
}

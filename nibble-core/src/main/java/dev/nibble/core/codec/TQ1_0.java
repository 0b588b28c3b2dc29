package dev.nibble.core.codec;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.nibble.core.tensor.Block;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;

/**
 * GGUF's TQ1_0: the multiples −1, 0, 1 of one scale for 256 numbers, which is their largest magnitude; five to a byte. For models trained
 * to be ternary. Importance does not change it.
 *
 * <pre>
 *   byte 0..31    byte m holds numbers m, 32+m, 64+m, 96+m, 128+m
 *   byte 32..47   byte 32+m holds numbers 160+m, 176+m, 192+m, 208+m, 224+m
 *   byte 48..51   byte 48+m holds numbers 240+m, 244+m, 248+m, 252+m
 *   byte 52..53   scale, F16
 *   number = scale × (digit − 1)
 * </pre>
 *
 * A byte is the fraction 0.abcde in base 3, first number first, in 256ths and rounded up: so multiplication by 3 carries a digit out of the
 * byte.
 */
public enum TQ1_0 implements ScaleOnlyCodec {
    TQ1_0;

    private static final int SIZE = 256;
    private static final int CODES = 52;
    private static final int DIGITS = 243; // 3^5

    @Override
    public String purpose() {
        return "ternary models in 1.69 bits";
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
        return OptionalInt.of(34);
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
            for (int m = 0; m < CODES; m++) {
                int fraction = source.get(JAVA_BYTE, position + m) & 0xFF;
                for (int i = first(m); i < end(m); i += stride(m)) {
                    fraction *= 3;
                    target[block + i] = ((fraction >> 8) - 1) * scale;
                    fraction &= 0xFF;
                }
            }
            position += blockBytes();
        }
    }

    @Override
    public Block fit(float[] numbers, int from, Importance importance) {
        return ScaledBlock.balanced(numbers, from, SIZE, 1, this::write);
    }

    private void write(short scale, byte[] codes, MemorySegment target, long offset) {
        for (int m = 0; m < CODES; m++) {
            int digits = 0;
            for (int i = first(m); i < first(m) + 5 * stride(m); i += stride(m)) {
                digits = 3 * digits + (i < end(m) ? codes[i] + 1 : 0);
            }
            target.set(JAVA_BYTE, offset + m, (byte) ((256 * digits + DIGITS - 1) / DIGITS));
        }
        HalfFloat.write(target, offset + CODES, scale);
    }

    /** The first number in byte {@code m}. */
    private static int first(int m) {
        return m < 32 ? m : m < 48 ? 128 + m : 192 + m;
    }

    /** The end of the segment of numbers that byte {@code m} belongs to. */
    private static int end(int m) {
        return m < 32 ? 160 : m < 48 ? 240 : 256;
    }

    /** The distance from one number in byte {@code m} to the next. */
    private static int stride(int m) {
        return m < 32 ? 32 : m < 48 ? 16 : 4;
    }
}

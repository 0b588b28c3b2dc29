package dev.nibble.core.codec;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.nibble.core.tensor.Block;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;

/**
 * GGUF's Q2_0: the four multiples −1, 0, 1, 2 of one scale for 64 numbers, which is their largest magnitude. Meant for weights that were
 * trained to be such multiples. Importance does not change it.
 *
 * <pre>
 *   byte 0..1    scale, F16
 *   byte 2..17   codes of 2 bits, four to a byte, the first lowest
 *   number = scale × (code − 1)
 * </pre>
 */
public enum Q2_0 implements ScaleOnlyCodec {
    Q2_0;

    private static final int SIZE = 64;
    public static final int CODES_AT = 2;
    private static final int ZERO = 1;

    @Override
    public String purpose() {
        return "2 bits, for models trained to the multiples -1, 0, 1, 2 of a scale";
    }

    @Override
    public int blockSize() {
        return SIZE;
    }

    @Override
    public int blockBytes() {
        return CODES_AT + SIZE / 4;
    }

    @Override
    public double roundingError() {
        return 0.5 + 0x1p-11; // half a step, and the rounding of the scale to F16
    }

    @Override
    public OptionalInt ggufType() {
        return OptionalInt.of(42);
    }

    @Override
    public int smallest() {
        return -ZERO;
    }

    @Override
    public int largest() {
        return 2;
    }

    @Override
    public void decode(MemorySegment source, long offset, float[] target, int from, int count) {
        long position = offset;
        for (int block = from; block < from + count; block += SIZE) {
            float scale = HalfFloat.read(source, position);
            for (int i = 0; i < SIZE; i++) {
                int code = source.get(JAVA_BYTE, position + CODES_AT + i / 4) >> (2 * (i % 4)) & 3;
                target[block + i] = (code - ZERO) * scale;
            }
            position += blockBytes();
        }
    }

    @Override
    public Block fit(float[] numbers, int from, Importance importance) {
        float scale = Math.abs(ScaledBlock.extreme(numbers, from, SIZE));
        return ScaledBlock.multiples(numbers, from, SIZE, scale, -1, 2, this::write);
    }

    private void write(short scale, byte[] codes, MemorySegment target, long offset) {
        HalfFloat.write(target, offset, scale);
        for (int i = 0; i < SIZE; i += 4) {
            int packed = 0;
            for (int j = 0; j < 4; j++) {
                packed |= (codes[i + j] + ZERO) << (2 * j);
            }
            target.set(JAVA_BYTE, offset + CODES_AT + i / 4, (byte) packed);
        }
    }
}

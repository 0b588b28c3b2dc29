package dev.nibble.core.codec;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.nibble.core.tensor.Block;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;

/**
 * GGUF's Q1_0: the signs of 128 numbers, and one scale, the mean of their magnitudes. Importance does not change it.
 *
 * <pre>
 *   byte 0..1    scale, F16
 *   byte 2..17   bits, eight to a byte, the first lowest
 *   number = scale if its bit is set, else −scale
 * </pre>
 */
public enum Q1_0 implements ScaleOnlyCodec {
    Q1_0;

    private static final int SIZE = 128;
    public static final int CODES_AT = 2;

    @Override
    public String purpose() {
        return "1 bit, for models trained to two values";
    }

    @Override
    public int blockSize() {
        return SIZE;
    }

    @Override
    public int blockBytes() {
        return CODES_AT + SIZE / 8;
    }

    @Override
    public double roundingError() {
        return 1; // a single large number among zeros
    }

    @Override
    public OptionalInt ggufType() {
        return OptionalInt.of(41);
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
    public void decode(MemorySegment source, long offset, float[] target, int from, int count) {
        long position = offset;
        for (int block = from; block < from + count; block += SIZE) {
            float scale = HalfFloat.read(source, position);
            for (int i = 0; i < SIZE; i++) {
                boolean positive = (source.get(JAVA_BYTE, position + CODES_AT + i / 8) >> (i % 8) & 1) != 0;
                target[block + i] = positive ? scale : -scale;
            }
            position += blockBytes();
        }
    }

    @Override
    public Block fit(float[] numbers, int from, Importance importance) {
        float sum = 0;
        for (int i = from; i < from + SIZE; i++) {
            sum += Math.abs(numbers[i]);
        }
        Signs block = new Signs(Float.floatToFloat16(sum / SIZE));
        for (int i = 0; i < SIZE; i++) {
            block.choose(i, numbers, from + i);
        }
        return block;
    }

    private static final class Signs implements Block {
        private final short scale;
        private final boolean[] positive = new boolean[SIZE];

        Signs(short scale) {
            this.scale = scale;
        }

        @Override
        public void choose(int i, float[] numbers, int from) {
            positive[i] = numbers[from] >= 0;
        }

        @Override
        public float value(int i) {
            float magnitude = Float.float16ToFloat(scale);
            return positive[i] ? magnitude : -magnitude;
        }

        @Override
        public void write(MemorySegment target, long offset) {
            HalfFloat.write(target, offset, scale);
            for (int i = 0; i < SIZE; i += 8) {
                int bits = 0;
                for (int j = 0; j < 8; j++) {
                    bits |= positive[i + j] ? 1 << j : 0;
                }
                target.set(JAVA_BYTE, offset + CODES_AT + i / 8, (byte) bits);
            }
        }
    }
}

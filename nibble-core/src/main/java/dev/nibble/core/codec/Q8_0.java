package dev.nibble.core.codec;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.nibble.core.tensor.Block;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;

/**
 * GGUF's Q8_0: 8-bit codes around zero, one scale for 32 numbers. Importance does not change it.
 *
 * <pre>
 *   byte 0..1    scale, F16
 *   byte 2..33   codes, signed
 *   number = scale × code
 * </pre>
 */
public enum Q8_0 implements Codec {
    Q8_0;

    private static final int SIZE = 32;

    @Override
    public int blockSize() {
        return SIZE;
    }

    @Override
    public int blockBytes() {
        return 2 + SIZE;
    }

    @Override
    public double roundingError() {
        return 0.5 / 127 + 0x1p-11; // half a step, and the rounding of the scale to F16
    }

    @Override
    public OptionalInt ggufType() {
        return OptionalInt.of(8);
    }

    @Override
    public boolean scalesFinite(MemorySegment source, long offset) {
        return HalfFloat.isFinite(source, offset);
    }

    @Override
    public void decode(MemorySegment source, long offset, float[] target, int from, int count) {
        long position = offset;
        for (int block = from; block < from + count; block += SIZE) {
            float scale = HalfFloat.read(source, position);
            for (int i = 0; i < SIZE; i++) {
                target[block + i] = scale * source.get(JAVA_BYTE, position + 2 + i);
            }
            position += blockBytes();
        }
    }

    @Override
    public Block fit(float[] numbers, int from, Importance importance) {
        float largest = 0;
        for (int i = from; i < from + SIZE; i++) {
            largest = Math.max(largest, Math.abs(numbers[i]));
        }
        Open block = new Open(largest / 127);
        for (int i = 0; i < SIZE; i++) {
            block.choose(i, numbers, from + i);
        }
        return block;
    }

    private static final class Open implements Block {
        private final short scale;
        private final float inverse; // of the scale before it was rounded to F16, as in ggml
        private final byte[] codes = new byte[SIZE];

        Open(float scale) {
            this.scale = Float.floatToFloat16(scale);
            this.inverse = scale == 0 ? 0 : 1 / scale;
        }

        @Override
        public void choose(int i, float[] numbers, int from) {
            codes[i] = (byte) Math.clamp(Rounding.halfAwayFromZero(numbers[from] * inverse), -127, 127);
        }

        @Override
        public float value(int i) {
            return Float.float16ToFloat(scale) * codes[i];
        }

        @Override
        public void write(MemorySegment target, long offset) {
            HalfFloat.write(target, offset, scale);
            MemorySegment.copy(codes, 0, target, JAVA_BYTE, offset + 2, SIZE);
        }
    }
}

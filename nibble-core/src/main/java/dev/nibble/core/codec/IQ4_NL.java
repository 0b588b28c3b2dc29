package dev.nibble.core.codec;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.nibble.core.tensor.Block;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;

/**
 * GGUF's IQ4_NL: 4-bit codes for sixteen uneven levels, one scale for 32 numbers.
 *
 * <pre>
 *   byte 0..1    scale, F16
 *   byte 2..17   codes: byte 2 + j holds number j in its lower half, number j + 16 in its upper
 *   number = scale × level[code]
 * </pre>
 */
public enum IQ4_NL implements Codec {
    IQ4_NL;

    private static final int SIZE = UnevenLevels.GROUP;
    private static final int HALF = SIZE / 2;

    @Override
    public int blockSize() {
        return SIZE;
    }

    @Override
    public int blockBytes() {
        return 2 + HALF;
    }

    @Override
    public double roundingError() {
        return 0.25; // the worst block that a search found had 0.17
    }

    @Override
    public OptionalInt ggufType() {
        return OptionalInt.of(20);
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
            for (int i = 0; i < HALF; i++) {
                int pair = source.get(JAVA_BYTE, position + 2 + i);
                target[block + i] = scale * UnevenLevels.level(pair & 0xF);
                target[block + HALF + i] = scale * UnevenLevels.level((pair >> 4) & 0xF);
            }
            position += blockBytes();
        }
    }

    @Override
    public Block fit(float[] numbers, int from, Importance importance) {
        float meanSquare = UnevenLevels.doubledMeanSquare(numbers, from, SIZE);
        Open block = new Open(UnevenLevels.scale(numbers, from, importance, meanSquare));
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
            codes[i] = (byte) UnevenLevels.code(inverse * numbers[from]);
        }

        @Override
        public float value(int i) {
            return Float.float16ToFloat(scale) * UnevenLevels.level(codes[i]);
        }

        @Override
        public void write(MemorySegment target, long offset) {
            HalfFloat.write(target, offset, scale);
            for (int i = 0; i < HALF; i++) {
                target.set(JAVA_BYTE, offset + 2 + i, (byte) (codes[i] | (codes[HALF + i] << 4)));
            }
        }
    }
}

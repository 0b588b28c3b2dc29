package dev.nibble.core.codec;

import dev.nibble.core.tensor.Block;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;

/**
 * GGUF's IQ4_NL: 4-bit codes for sixteen non-linear levels, one scale for 32 numbers.
 *
 * <pre>
 *   byte 0..1    scale, F16
 *   byte 2..17   codes: byte 2 + j holds number j in its lower half, number j + 16 in its upper
 *   number = scale × level[code]
 * </pre>
 */
public enum IQ4_NL implements ScaleOnlyCodec {
    IQ4_NL;

    private static final int SIZE = NonLinearLevels.GROUP;

    @Override
    public String purpose() {
        return "4.5 bits with non-linear levels, for rows that do not fill blocks of 256";
    }

    @Override
    public int blockSize() {
        return SIZE;
    }

    @Override
    public int blockBytes() {
        return 2 + SIZE / 2;
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
    public int smallest() {
        return NonLinearLevels.SMALLEST;
    }

    @Override
    public int largest() {
        return NonLinearLevels.LARGEST;
    }

    @Override
    public void decode(MemorySegment source, long offset, float[] target, int from, int count) {
        long position = offset;
        for (int block = from; block < from + count; block += SIZE) {
            NonLinearBlock.readGroup(source, position + 2, HalfFloat.read(source, position), target, block);
            position += blockBytes();
        }
    }

    @Override
    public Block fit(float[] numbers, int from, Importance importance) {
        float meanSquare = NonLinearLevels.doubledMeanSquare(numbers, from, SIZE);
        NonLinearBlock block = open();
        block.fix(new float[]{NonLinearLevels.scale(numbers, from, importance, meanSquare)}, 0);
        for (int i = 0; i < SIZE; i++) {
            block.choose(i, numbers, from + i);
        }
        return block;
    }

    /** An empty block. */
    public static NonLinearBlock open() {
        return new Open();
    }

    private static final class Open extends NonLinearBlock {
        private short scale;

        Open() {
            super(1);
        }

        @Override
        public void fix(float[] scales, int from) {
            scale = Float.floatToFloat16(scales[from]);
            inverses[0] = scales[from] == 0 ? 0 : 1 / scales[from];
        }

        @Override
        float step(int group) {
            return Float.float16ToFloat(scale);
        }

        @Override
        public void write(MemorySegment target, long offset) {
            HalfFloat.write(target, offset, scale);
            writeCodes(target, offset + 2);
        }
    }
}

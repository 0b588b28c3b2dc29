package dev.nibble.core.codec;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.nibble.core.tensor.Block;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;

/**
 * GGUF's IQ4_XS: 4-bit codes for sixteen non-linear levels, a 6-bit step for each group of 32, one scale for 256 numbers.
 *
 * <pre>
 *   byte 0..1     scale, F16
 *   byte 2..3     high 2 bits of the steps, lowest first
 *   byte 4..7     low 4 bits of the steps, lower half first
 *   byte 8..135   codes, 16 bytes for each group: byte j holds number j in its lower half, number j + 16 in its upper
 *   number = scale × (step − 32) × level[code]
 * </pre>
 */
public enum IQ4_XS implements Codec {
    IQ4_XS;

    private static final int SIZE = 256;
    private static final int GROUP = NonLinearLevels.GROUP;
    private static final int GROUPS = SIZE / GROUP;
    public static final int CODES_AT = 8;
    private static final int MIDDLE = 32;

    @Override
    public String purpose() {
        return "4.25 bits with non-linear levels; a little smaller than Q4_K, nearly as good";
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
        return 0.25; // the worst block that a search found had 0.18
    }

    @Override
    public OptionalInt ggufType() {
        return OptionalInt.of(23);
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
            int high = HalfFloat.bits(source, position + 2);
            for (int group = 0; group < GROUPS; group++) {
                int low = source.get(JAVA_BYTE, position + 4 + group / 2) >> (4 * (group % 2));
                float step = scale * (((low & 0xF) | (((high >> (2 * group)) & 3) << 4)) - MIDDLE);
                NonLinearBlock.readGroup(source, position + CODES_AT + group * (GROUP / 2), step, target, block + group * GROUP);
            }
            position += blockBytes();
        }
    }

    @Override
    public Block fit(float[] numbers, int from, Importance importance) {
        float meanSquare = NonLinearLevels.doubledMeanSquare(numbers, from, SIZE);
        float[] scales = new float[GROUPS];
        for (int group = 0; group < GROUPS; group++) {
            scales[group] = NonLinearLevels.scale(numbers, from + group * GROUP, importance, meanSquare);
        }
        NonLinearBlock block = open();
        block.fix(scales, 0);
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
        private final int[] steps = new int[GROUPS];
        private short scale;

        Open() {
            super(GROUPS);
        }

        @Override
        public void fix(float[] scales, int from) {
            float extreme = 0;
            for (int group = 0; group < GROUPS; group++) {
                extreme = Math.abs(scales[from + group]) > Math.abs(extreme) ? scales[from + group] : extreme;
            }
            float unit = -extreme / MIDDLE;
            float inverse = unit == 0 ? 0 : 1 / unit;
            for (int group = 0; group < GROUPS; group++) {
                steps[group] = Math.max(-MIDDLE, Math.min(MIDDLE - 1, Rounding.halfEven(inverse * scales[from + group])));
                float groupScale = unit * steps[group];
                inverses[group] = groupScale == 0 ? 0 : 1 / groupScale;
            }
            scale = Float.floatToFloat16(unit);
        }

        @Override
        float step(int group) {
            return Float.float16ToFloat(scale) * steps[group];
        }

        @Override
        public void write(MemorySegment target, long offset) {
            HalfFloat.write(target, offset, scale);
            int high = 0;
            for (int group = 0; group < GROUPS; group += 2) {
                int first = steps[group] + MIDDLE;
                int second = steps[group + 1] + MIDDLE;
                target.set(JAVA_BYTE, offset + 4 + group / 2, (byte) ((first & 0xF) | (second << 4)));
                high |= ((first >> 4) | ((second >> 4) << 2)) << (2 * group);
            }
            HalfFloat.write(target, offset + 2, (short) high);
            writeCodes(target, offset + CODES_AT);
        }
    }
}

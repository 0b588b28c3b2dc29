package dev.nibble.core.codec;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.nibble.core.tensor.Block;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;

/**
 * GGUF's IQ4_XS: 4-bit codes for sixteen uneven levels, a 6-bit step for each group of 32, one scale for 256 numbers.
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
    private static final int GROUP = UnevenLevels.GROUP;
    private static final int GROUPS = SIZE / GROUP;
    private static final int HALF = GROUP / 2;
    private static final int CODES = 8;
    private static final int MIDDLE = 32;

    @Override
    public int blockSize() {
        return SIZE;
    }

    @Override
    public int blockBytes() {
        return CODES + SIZE / 2;
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
                long codes = position + CODES + group * HALF;
                int to = block + group * GROUP;
                for (int i = 0; i < HALF; i++) {
                    int pair = source.get(JAVA_BYTE, codes + i);
                    target[to + i] = step * UnevenLevels.level(pair & 0xF);
                    target[to + HALF + i] = step * UnevenLevels.level((pair >> 4) & 0xF);
                }
            }
            position += blockBytes();
        }
    }

    @Override
    public Block fit(float[] numbers, int from, Importance importance) {
        float meanSquare = UnevenLevels.doubledMeanSquare(numbers, from, SIZE);
        float[] scales = new float[GROUPS];
        for (int group = 0; group < GROUPS; group++) {
            scales[group] = UnevenLevels.scale(numbers, from + group * GROUP, importance, meanSquare);
        }
        Open block = new Open(scales);
        for (int i = 0; i < SIZE; i++) {
            block.choose(i, numbers, from + i);
        }
        return block;
    }

    private static final class Open implements Block {
        private final short scale;
        private final int[] steps = new int[GROUPS];
        private final float[] inverses = new float[GROUPS]; // of the groups' scales, before theirs was rounded to F16, as in ggml
        private final byte[] codes = new byte[SIZE];

        Open(float[] scales) {
            float extreme = 0;
            for (float scale : scales) {
                extreme = Math.abs(scale) > Math.abs(extreme) ? scale : extreme;
            }
            float unit = -extreme / MIDDLE;
            float inverse = unit == 0 ? 0 : 1 / unit;
            for (int group = 0; group < GROUPS; group++) {
                steps[group] = Math.max(-MIDDLE, Math.min(MIDDLE - 1, Rounding.halfEven(inverse * scales[group])));
                float groupScale = unit * steps[group];
                inverses[group] = groupScale == 0 ? 0 : 1 / groupScale;
            }
            scale = Float.floatToFloat16(unit);
        }

        @Override
        public void choose(int i, float[] numbers, int from) {
            codes[i] = (byte) UnevenLevels.code(inverses[i / GROUP] * numbers[from]);
        }

        @Override
        public float value(int i) {
            return Float.float16ToFloat(scale) * steps[i / GROUP] * UnevenLevels.level(codes[i]);
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
            for (int group = 0; group < GROUPS; group++) {
                for (int i = 0; i < HALF; i++) {
                    int pair = codes[group * GROUP + i] | (codes[group * GROUP + HALF + i] << 4);
                    target.set(JAVA_BYTE, offset + CODES + group * HALF + i, (byte) pair);
                }
            }
        }
    }
}

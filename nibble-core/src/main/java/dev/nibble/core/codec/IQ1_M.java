package dev.nibble.core.codec;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.nibble.core.tensor.Block;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;

/**
 * GGUF's IQ1_M: eight numbers are one of 2048 points of −1, 0 and 1, with a shift of their own; 16 numbers share a step.
 *
 * <pre>
 *   byte 0..31    points of 32 vectors, low 8 bits
 *   byte 32..47   for each 2 vectors, first in the lower half: high 3 bits of the point, and a bit that is set for a shift down
 *   byte 48..55   four times 2 bytes: bits 0..11: 4 × step; bits 12..15: a quarter of the scale's F16 bits, lowest first
 *   number = scale × (2 × step + 1) × (coordinate ± ⅛)
 * </pre>
 */
public enum IQ1_M implements Codec {
    IQ1_M;

    private static final int GROUP = 16;
    private static final int HIGH_BITS = 32;
    private static final int STEPS = HIGH_BITS + 16;
    private static final int EXPONENT = 0x7C00;

    @Override
    public int blockSize() {
        return TernaryBlock.SIZE;
    }

    @Override
    public int blockBytes() {
        return STEPS + 8;
    }

    @Override
    public double roundingError() {
        return 12; // a lone number may be an eighth of its scale, and zeros beside it 9/8; the worst block found had 8.2
    }

    @Override
    public boolean needsImportance() {
        return true;
    }

    @Override
    public OptionalInt ggufType() {
        return OptionalInt.of(29);
    }

    @Override
    public boolean scalesFinite(MemorySegment source, long offset) {
        return (scale(source, offset) & EXPONENT) != EXPONENT;
    }

    private static short scale(MemorySegment block, long offset) {
        int bits = 0;
        for (int i = 0; i < 4; i++) {
            bits |= ((HalfFloat.bits(block, offset + STEPS + 2 * i) >> 12) & 0xF) << (4 * i);
        }
        return (short) bits;
    }

    @Override
    public void decode(MemorySegment source, long offset, float[] target, int from, int count) {
        new Open().decode(source, offset, target, from, count, blockBytes());
    }

    @Override
    public Block fit(float[] numbers, int from, Importance importance) {
        Open block = new Open();
        Fit fit = new Fit();
        float[] scales = fit.fit(block, numbers, from, importance);
        float unit = TernaryFit.unit(block, scales);
        if (unit != 0) {
            TernaryFit.roundScales(block, scales, unit);
            block.scale = Float.floatToFloat16(fit.bestUnit(block, numbers, from, unit) * 1.1125f); // found by trial
        }
        return block;
    }

    private static final class Fit extends TernaryFit {
        private static final int SHIFTS = 4; // of two vectors: bit 0 for the second shifted down, bit 1 for the first
        private final float[] sumXq = new float[SHIFTS];
        private final float[] sumQq = new float[SHIFTS];
        private float best;
        private float bestScale;

        Fit() {
            super(GROUP, 1e-7f);
        }

        @Override
        float plainWeight(float number, float meanSquare) {
            return number * number;
        }

        @Override
        float cut(float[] numbers, int from) {
            best = -Float.MAX_VALUE;
            for (int low = 0; low <= GROUP; low++) {
                for (int mid = low; mid <= GROUP; mid++) {
                    sum(numbers, from, low, mid);
                    for (int shifts = 0; shifts < SHIFTS; shifts++) {
                        consider(low, mid, shifts);
                    }
                }
            }
            return bestScale;
        }

        private void sum(float[] numbers, int from, int low, int mid) {
            for (int shifts = 0; shifts < SHIFTS; shifts++) {
                float xq = 0;
                float qq = 0;
                for (int j = 0; j < GROUP; j++) {
                    int i = order[j];
                    int side = i % GROUP < GROUP / 2 ? shifts >> 1 : shifts & 1;
                    float q = LEVELS[side][j < low ? 0 : j < mid ? 1 : 2];
                    xq += weights[i] * q * numbers[from + i];
                    qq += weights[i] * q * q;
                }
                sumXq[shifts] = xq;
                sumQq[shifts] = qq;
            }
        }

        private void consider(int low, int mid, int shifts) {
            if (sumQq[shifts] > 0 && sumXq[shifts] * sumXq[shifts] > best * sumQq[shifts]) {
                bestScale = sumXq[shifts] / sumQq[shifts];
                best = bestScale * sumXq[shifts];
                lowEnd = low;
                midEnd = mid;
                down = (shifts >> 1) | ((shifts & 1) << 1);
            }
        }

        /** The unit that is best for the steps, points and shifts of the whole block. */
        float bestUnit(TernaryBlock block, float[] numbers, int from, float otherwise) {
            float xq = 0;
            float qq = 0;
            for (int i = 0; i < TernaryBlock.SIZE; i++) {
                float q = level(block, i) * (2 * block.steps[i / GROUP] + 1);
                xq += weights[i] * q * numbers[from + i];
                qq += weights[i] * q * q;
            }
            return qq > 0 ? xq / qq : otherwise;
        }
    }

    private static final class Open extends TernaryBlock {
        Open() {
            super(GROUP, true);
        }

        @Override
        void read(MemorySegment source, long offset) {
            scale = scale(source, offset);
            for (int v = 0; v < points.length; v++) {
                int low = source.get(JAVA_BYTE, offset + v) & 0xFF;
                int high = source.get(JAVA_BYTE, offset + HIGH_BITS + v / 2) >> (4 * (v % 2));
                points[v] = (short) (((high & 7) << 8) | low);
                down[v] = (high & 8) != 0;
            }
            for (int group = 0; group < steps.length; group++) {
                steps[group] = (byte) ((HalfFloat.bits(source, offset + STEPS + 2 * (group / 4)) >> (3 * (group % 4))) & 7);
            }
        }

        @Override
        public void write(MemorySegment target, long offset) {
            for (int v = 0; v < points.length; v += 2) {
                target.set(JAVA_BYTE, offset + v, (byte) points[v]);
                target.set(JAVA_BYTE, offset + v + 1, (byte) points[v + 1]);
                target.set(JAVA_BYTE, offset + HIGH_BITS + v / 2, (byte) (high(v) | (high(v + 1) << 4)));
            }
            for (int i = 0; i < 4; i++) {
                int bits = ((scale >> (4 * i)) & 0xF) << 12;
                for (int j = 0; j < 4; j++) {
                    bits |= steps[4 * i + j] << (3 * j);
                }
                HalfFloat.write(target, offset + STEPS + 2 * i, (short) bits);
            }
        }

        private int high(int vector) {
            return (points[vector] >> 8) | (down[vector] ? 8 : 0);
        }
    }
}

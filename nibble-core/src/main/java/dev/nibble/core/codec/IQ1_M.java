package dev.nibble.core.codec;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;
import java.util.function.Function;

/**
 * GGUF's IQ1_M: eight numbers are one of 2048 points of −1, 0 and 1, with a shift of their own; 16 numbers share a step.
 *
 * <pre>
 *   byte 0..31    points of 32 vectors, low 8 bits
 *   byte 32..47   for each 2 vectors, first in the lower half: high 3 bits of the point, and a bit, set for a shift down
 *   byte 48..55   four times 2 bytes: bits 0..11: 4 × step; bits 12..15: a quarter of the scale's F16 bits, lowest first
 *   number = scale × (2 × step + 1) × (coordinate ± ⅛)
 * </pre>
 */
public enum IQ1_M implements LatticeCodec {
    IQ1_M;

    private static final int GROUP = 16;
    public static final int HIGH_BITS_AT = 32;
    public static final int STEPS_AT = HIGH_BITS_AT + 16;
    private static final int EXPONENT = 0x7C00;

    @Override
    public String purpose() {
        return "1.75 bits, with importance only, for the largest models";
    }

    @Override
    public int blockBytes() {
        return STEPS_AT + 8;
    }

    @Override
    public double roundingError() {
        return 12; // a single nonzero number may be an eighth of its scale, and zeros beside it 9/8; the worst block found had 8.2
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
            bits |= ((HalfFloat.bits(block, offset + STEPS_AT + 2 * i) >> 12) & 0xF) << (4 * i);
        }
        return (short) bits;
    }

    @Override
    public float[] coordinates() {
        return TernaryBlock.coordinates();
    }

    @Override
    public Opened open() {
        return new Open();
    }

    @Override
    public Fitter fitter(Function<GridSearch, GridSearch.Nearest> nearest) {
        Fit fit = new Fit(nearest);
        return (numbers, from, importance) -> {
            Open block = new Open();
            float[] scales = fit.fit(block, numbers, from, importance);
            float unit = TernaryFit.unit(block, scales);
            if (unit != 0) {
                TernaryFit.roundScales(block, scales, unit);
                block.scale = Float.floatToFloat16(fit.bestUnit(block, numbers, from, unit) * 1.1125f); // empirical
            }
            return block;
        };
    }

    private static final class Fit extends TernaryFit {
        private static final int SHIFTS = 4; // of two vectors: bit 0 for the second shifted down, bit 1 for the first
        private static final int SUMS = 2 * SHIFTS; // Σwxq for each, then Σwq² for each
        private static final int LEVEL = GROUP * SUMS;

        private final float[] terms = new float[3 * LEVEL]; // of the sums: the contribution of each number at each level, in sorted order
        private final float[] sums = new float[SUMS];
        private float best;
        private float bestScale;

        Fit(Function<GridSearch, GridSearch.Nearest> nearest) {
            super(GROUP, 1e-7f, nearest);
        }

        @Override
        float plainWeight(float number, float meanSquare) {
            return number * number;
        }

        /** Finds the best cut; the sums of every cut are computed anew from its zeros on, so that numbers are always added in sorted order. */
        @Override
        float cut(float[] numbers, int from) {
            fillTerms(numbers, from);
            best = -Float.MAX_VALUE;
            float[] lows = new float[SUMS];
            float[] mids = new float[SUMS];
            for (int low = 0; low <= GROUP; low++) {
                System.arraycopy(lows, 0, mids, 0, SUMS);
                for (int mid = low; mid <= GROUP; mid++) {
                    System.arraycopy(mids, 0, sums, 0, SUMS);
                    for (int j = mid; j < GROUP; j++) {
                        add(sums, 2, j);
                    }
                    for (int shifts = 0; shifts < SHIFTS; shifts++) {
                        consider(low, mid, shifts);
                    }
                    add(mids, 1, mid);
                }
                add(lows, 0, low);
            }
            return bestScale;
        }

        private void fillTerms(float[] numbers, int from) {
            for (int at = 0; at < terms.length; at++) {
                int i = order[at % LEVEL / SUMS];
                int shifts = at % SHIFTS;
                int side = i % GROUP < GROUP / 2 ? shifts >> 1 : shifts & 1;
                float q = LEVELS[side][at / LEVEL];
                terms[at] = weights[i] * q * (at % SUMS < SHIFTS ? numbers[from + i] : q);
            }
        }

        private void add(float[] sums, int level, int j) {
            for (int k = 0; k < SUMS && j < GROUP; k++) {
                sums[k] += terms[level * LEVEL + j * SUMS + k];
            }
        }

        private void consider(int low, int mid, int shifts) {
            float sumXq = sums[shifts];
            float sumQq = sums[SHIFTS + shifts];
            if (sumQq > 0 && sumXq * sumXq > best * sumQq) {
                bestScale = sumXq / sumQq;
                best = bestScale * sumXq;
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
                int high = source.get(JAVA_BYTE, offset + HIGH_BITS_AT + v / 2) >> (4 * (v % 2));
                points[v] = (short) (((high & 7) << 8) | low);
                down[v] = (high & 8) != 0;
            }
            for (int group = 0; group < steps.length; group++) {
                steps[group] = (byte) ((HalfFloat.bits(source, offset + STEPS_AT + 2 * (group / 4)) >> (3 * (group % 4))) & 7);
            }
        }

        @Override
        public void write(MemorySegment target, long offset) {
            for (int v = 0; v < points.length; v += 2) {
                target.set(JAVA_BYTE, offset + v, (byte) points[v]);
                target.set(JAVA_BYTE, offset + v + 1, (byte) points[v + 1]);
                target.set(JAVA_BYTE, offset + HIGH_BITS_AT + v / 2, (byte) (high(v) | (high(v + 1) << 4)));
            }
            for (int i = 0; i < 4; i++) {
                int bits = ((scale >> (4 * i)) & 0xF) << 12;
                for (int j = 0; j < 4; j++) {
                    bits |= steps[4 * i + j] << (3 * j);
                }
                HalfFloat.write(target, offset + STEPS_AT + 2 * i, (short) bits);
            }
        }

        private int high(int vector) {
            return (points[vector] >> 8) | (down[vector] ? 8 : 0);
        }
    }
}

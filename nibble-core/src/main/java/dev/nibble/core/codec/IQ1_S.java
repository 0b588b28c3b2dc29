package dev.nibble.core.codec;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.function.Function;

/**
 * GGUF's IQ1_S: eight numbers are one of 2048 points of −1, 0 and 1; 32 numbers share a step and a shift.
 *
 * <pre>
 *   byte 0..1     scale, F16
 *   byte 2..33    points of 32 vectors, low 8 bits
 *   byte 34..49   for each 32 numbers, 2 bytes:
 *                   bits 0..11: 4 × high 3 bits of the points; bits 12..14: step; bit 15: set for a shift down
 *   number = scale × (2 × step + 1) × (coordinate ± ⅛)
 * </pre>
 */
public enum IQ1_S implements LatticeCodec {
    IQ1_S;

    private static final int GROUP = 32;
    public static final int POINTS_AT = 2;
    public static final int REST_AT = POINTS_AT + 32;

    @Override
    public String purpose() {
        return "1.6 bits, with importance only, for the largest models";
    }

    @Override
    public int blockBytes() {
        return REST_AT + 16;
    }

    @Override
    public double roundingError() {
        return 2; // a wide bound; the worst block that a search found had 1.48
    }

    @Override
    public OptionalInt ggufType() {
        return OptionalInt.of(19);
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
                block.scale = Float.floatToFloat16(unit * 1.125f); // empirical
                TernaryFit.roundScales(block, scales, unit);
            }
            return block;
        };
    }

    private static final class Fit extends TernaryFit {
        private final float[] sumsX = new float[GROUP + 1];
        private final float[] sumsW = new float[GROUP + 1];
        private float best;
        private float bestScale;

        Fit(Function<GridSearch, GridSearch.Nearest> nearest) {
            super(GROUP, 1e-12f, nearest);
        }

        @Override
        float plainWeight(float number, float meanSquare) {
            return LatticeFit.squareRoot(meanSquare + number * number);
        }

        @Override
        float cut(float[] numbers, int from) {
            for (int j = 0; j < GROUP; j++) {
                float weight = weights[order[j]];
                sumsX[j + 1] = sumsX[j] + weight * numbers[from + order[j]];
                sumsW[j + 1] = sumsW[j] + weight;
            }
            best = -Float.MAX_VALUE;
            for (int low = 0; low <= GROUP; low++) {
                for (int mid = low; mid <= GROUP; mid++) {
                    consider(low, mid, 0);
                    consider(low, mid, 1);
                }
            }
            return bestScale;
        }

        private void consider(int low, int mid, int side) {
            float[] q = LEVELS[side];
            float sumXq = (sumsX[low] - sumsX[0]) * q[0] + (sumsX[mid] - sumsX[low]) * q[1] + (sumsX[GROUP] - sumsX[mid]) * q[2];
            float sumQq = (sumsW[low] - sumsW[0]) * q[0] * q[0] + (sumsW[mid] - sumsW[low]) * q[1] * q[1]
                    + (sumsW[GROUP] - sumsW[mid]) * q[2] * q[2];
            if (sumQq > 0 && sumXq * sumXq > best * sumQq) {
                bestScale = sumXq / sumQq;
                best = bestScale * sumXq;
                lowEnd = low;
                midEnd = mid;
                down = side == 0 ? 0 : 0b1111;
            }
        }
    }

    private static final class Open extends TernaryBlock {
        Open() {
            super(GROUP, false);
        }

        @Override
        void read(MemorySegment source, long offset) {
            scale = HalfFloat.bits(source, offset);
            for (int group = 0; group < steps.length; group++) {
                int rest = HalfFloat.bits(source, offset + REST_AT + 2 * group);
                for (int v = 0; v < 4; v++) {
                    int low = source.get(JAVA_BYTE, offset + POINTS_AT + 4 * group + v) & 0xFF;
                    points[4 * group + v] = (short) ((((rest >> (3 * v)) & 7) << 8) | low);
                }
                steps[group] = (byte) ((rest >> 12) & 7);
                Arrays.fill(down, 4 * group, 4 * group + 4, rest < 0);
            }
        }

        @Override
        public void write(MemorySegment target, long offset) {
            HalfFloat.write(target, offset, scale);
            for (int group = 0; group < steps.length; group++) {
                int rest = (steps[group] << 12) | (down[4 * group] ? 1 << 15 : 0);
                for (int v = 0; v < 4; v++) {
                    target.set(JAVA_BYTE, offset + POINTS_AT + 4 * group + v, (byte) points[4 * group + v]);
                    rest |= (points[4 * group + v] >> 8) << (3 * v);
                }
                HalfFloat.write(target, offset + REST_AT + 2 * group, (short) rest);
            }
        }
    }
}

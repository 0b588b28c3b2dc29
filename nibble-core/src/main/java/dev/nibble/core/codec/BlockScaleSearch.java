package dev.nibble.core.codec;

import java.util.Arrays;

/**
 * Joint searches for scale and codes, for {@code number ≈ scale × code}. Any codes l have a best scale, Σwxl / Σwl², which reduces the
 * weighted square error by (Σwxl)² / Σwl²; so the searches maximize this quotient.
 *
 * <p>
 * They are ggml's {@code make_qx_quants}, {@code make_q3_quants} and {@code make_qp_quants} (ggml-quants.c), with every float operation in
 * the same order, so that the codes are the same bytes. Codes are written to {@code codes[codesFrom…]}, weights are read from index 0.
 */
final class BlockScaleSearch {
    /** ggml's threshold below which a group counts as all zeros. */
    static final float ALL_ZERO = 1e-15f;

    private static final int PASSES = 5;

    private BlockScaleSearch() {}

    /**
     * Codes from {@code −limit} to {@code limit − 1}, stored with {@code limit} added: the best of 19 scales around the one that puts the
     * largest magnitude at {@code −limit}.
     *
     * @param weights one per number, or null for the numbers' squares
     * @return the scale; 0 with all stored codes 0 for a group of zeros
     */
    static float symmetric(int count, int limit, float[] x, int from, byte[] codes, int codesFrom, float[] weights) {
        float extreme = ScaledBlock.extreme(x, from, count);
        if (Math.abs(extreme) < ALL_ZERO) {
            Arrays.fill(codes, codesFrom, codesFrom + count, (byte) 0);
            return 0;
        }
        float scale = 0;
        float best = 0;
        for (int trial = 0; trial <= 18; trial++) {
            int shift = trial == 0 ? 0 : trial <= 9 ? trial - 10 : trial - 9; // 0 first, then −9 … −1, 1 … 9 tenths of a code
            float inverse = -(limit + 0.1f * shift) / extreme;
            float sumXl = 0;
            float sumLl = 0;
            for (int i = 0; i < count; i++) {
                float number = x[from + i];
                int code = signed(inverse * number, limit);
                float weight = weights == null ? number * number : weights[i];
                sumXl += weight * number * code;
                sumLl += weight * code * code;
            }
            if (trial == 0 || (sumLl > 0 && sumXl * sumXl > best * sumLl)) {
                for (int i = 0; i < count; i++) {
                    codes[codesFrom + i] = (byte) (limit + signed(inverse * x[from + i], limit));
                }
                scale = sumLl == 0 ? 0 : sumXl / sumLl;
                best = scale * sumXl;
            }
        }
        return scale;
    }

    /**
     * Codes from {@code −limit} to {@code limit − 1}, stored with {@code limit} added, weighted by the numbers' squares: rounded once, then
     * improved by coordinate descent, one code at a time, in at most five passes. Used by Q3_K without importance.
     *
     * @return the scale; 0 with all stored codes 0 for a group of zeros
     */
    static float oneByOne(int count, int limit, float[] x, int from, byte[] codes, int codesFrom) {
        float extreme = ScaledBlock.extreme(x, from, count);
        if (Math.abs(extreme) < ALL_ZERO) {
            Arrays.fill(codes, codesFrom, codesFrom + count, (byte) 0);
            return 0;
        }
        float inverse = -limit / extreme;
        float sumXl = 0;
        float sumLl = 0;
        for (int i = 0; i < count; i++) {
            float number = x[from + i];
            int code = signed(inverse * number, limit);
            codes[codesFrom + i] = (byte) code;
            float weight = number * number;
            sumXl += weight * number * code;
            sumLl += weight * code * code;
        }
        boolean changed = true;
        for (int pass = 0; pass < PASSES && changed; pass++) {
            changed = false;
            for (int i = 0; i < count; i++) {
                float number = x[from + i];
                float weight = number * number;
                int code = codes[codesFrom + i];
                float otherXl = sumXl - weight * number * code;
                float otherLl = sumLl - weight * code * code;
                if (!(otherXl > 0)) {
                    continue;
                }
                int better = signed(number * otherLl / otherXl, limit);
                if (better == code) {
                    continue;
                }
                otherXl += weight * number * better;
                otherLl += weight * better * better;
                if (otherLl > 0 && otherXl * otherXl * sumLl > sumXl * sumXl * otherLl) {
                    codes[codesFrom + i] = (byte) better;
                    sumXl = otherXl;
                    sumLl = otherLl;
                    changed = true;
                }
            }
        }
        for (int i = codesFrom; i < codesFrom + count; i++) {
            codes[i] += (byte) limit;
        }
        return sumLl > 0 ? sumXl / sumLl : 0;
    }

    /**
     * Codes from 0 to {@code limit}, for numbers that are not negative: the best of nine scales, then coordinate descent in at most five
     * passes. Used for the scales and minima of the K-quants' groups, and the magnitudes of the IQ types.
     *
     * @return the scale; 0 with all codes 0 for a group of zeros
     */
    static float positive(int count, int limit, float[] x, int from, byte[] codes, int codesFrom, float[] weights) {
        float largest = 0;
        for (int i = from; i < from + count; i++) {
            largest = largest > x[i] ? largest : x[i];
        }
        if (largest < ALL_ZERO) {
            Arrays.fill(codes, codesFrom, codesFrom + count, (byte) 0);
            return 0;
        }
        float inverse = bestInverse(count, limit, largest, x, from, weights);
        float sumXl = 0;
        float sumLl = 0;
        for (int i = 0; i < count; i++) {
            int code = Math.min(limit, Rounding.halfEven(inverse * x[from + i]));
            codes[codesFrom + i] = (byte) code;
            sumXl += weights[i] * x[from + i] * code;
            sumLl += weights[i] * code * code;
        }
        boolean changed = true;
        for (int pass = 0; pass < PASSES && changed; pass++) {
            changed = false;
            for (int i = 0; i < count; i++) {
                float number = x[from + i];
                float weight = weights[i];
                int code = codes[codesFrom + i] & 0xFF;
                float otherXl = sumXl - weight * number * code;
                float otherLl = sumLl - weight * code * code;
                if (!(otherXl > 0 && otherLl > 0)) {
                    continue;
                }
                int better = Math.min(limit, Rounding.halfEven(number * otherLl / otherXl));
                if (better == code) {
                    continue;
                }
                otherXl += weight * number * better;
                otherLl += weight * better * better;
                if (otherXl * otherXl * sumLl > sumXl * sumXl * otherLl) {
                    codes[codesFrom + i] = (byte) better;
                    sumXl = otherXl;
                    sumLl = otherLl;
                    changed = true;
                }
            }
        }
        return sumLl > 0 ? sumXl / sumLl : 0;
    }

    /** Codes per unit with the smallest weighted square error, of nine around {@code limit / largest}. */
    private static float bestInverse(int count, int limit, float largest, float[] x, int from, float[] weights) {
        float best = 0;
        float bestError = 0;
        for (int trial = 0; trial <= 8; trial++) {
            int shift = trial == 0 ? 0 : trial <= 4 ? trial - 5 : trial - 4; // 0 first, then −4 … −1, 1 … 4 tenths of a code
            float inverse = (0.1f * shift + limit) / largest;
            float scale = 1 / inverse;
            float error = 0;
            for (int i = 0; i < count; i++) {
                int code = Rounding.halfEven(inverse * x[from + i]);
                float difference = x[from + i] - scale * (trial == 0 ? code & 0xFF : Math.min(limit, code));
                error += weights[i] * difference * difference;
            }
            if (trial == 0 || error < bestError) {
                best = inverse;
                bestError = error;
            }
        }
        return best;
    }

    private static int signed(float x, int limit) {
        return Math.clamp(Rounding.halfEven(x), -limit, limit - 1);
    }
}

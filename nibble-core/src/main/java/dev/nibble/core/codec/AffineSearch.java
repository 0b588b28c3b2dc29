package dev.nibble.core.codec;

import java.util.Arrays;

/**
 * A joint search for scale, minimum and codes, for {@code number ≈ scale × code + minimum} with the minimum never positive, so that 0 can
 * be represented. For each of several roundings, the scale and minimum are the weighted least-squares line through the points (code,
 * number):
 *
 * <pre>
 *   scale   = (Σw Σwxl − Σwx Σwl) / D
 *   minimum = (Σwl² Σwx − Σwl Σwxl) / D,   D = Σw Σwl² − (Σwl)²
 * </pre>
 *
 * The rounding with the smallest weighted error wins. It is ggml's {@code make_qkx2_quants} and {@code make_qkx3_quants} (ggml-quants.c),
 * with every float operation in the same order, so that the codes are the same bytes. Holds scratch space and the last result: one per
 * thread.
 */
final class AffineSearch {
    private final int limit;
    private final float firstShift;
    private final float shiftStep;
    private final int lastTrial;
    private final boolean absolute;
    private final byte[] trialCodes;

    private float scale;
    private float minimum;

    /**
     * Tries {@code limit + firstShift + shiftStep × t} codes across the range, for t from 0 to {@code lastTrial}.
     *
     * @param groupSize largest number of numbers in a search
     * @param limit     the largest code
     * @param absolute  whether the error is the sum of magnitudes, instead of squares
     */
    AffineSearch(int groupSize, int limit, float firstShift, float shiftStep, int lastTrial, boolean absolute) {
        this.limit = limit;
        this.firstShift = firstShift;
        this.shiftStep = shiftStep;
        this.lastTrial = lastTrial;
        this.absolute = absolute;
        this.trialCodes = new byte[groupSize];
    }

    /** The scale found last; 0 if all numbers were equal and not positive, or all zero. */
    float scale() {
        return scale;
    }

    /** The minimum found last: the value of code 0, at most 0. ggml's functions return its negative. */
    float minimum() {
        return minimum;
    }

    /** @param weights one per number, from index 0, or null for the numbers' squares */
    void search(int count, float[] x, int from, float[] weights, byte[] codes, int codesFrom) {
        float min = x[from];
        float max = x[from];
        float sumW = weight(weights, 0, x[from]);
        float sumX = sumW * x[from];
        for (int i = 1; i < count; i++) {
            float number = x[from + i];
            min = number < min ? number : min;
            max = number > max ? number : max;
            float weight = weight(weights, i, number);
            sumW += weight;
            sumX += weight * number;
        }
        minimum = min > 0 ? 0 : min;
        scale = 0;
        if (max <= minimum) {
            Arrays.fill(codes, codesFrom, codesFrom + count, (byte) 0);
            return;
        }
        float inverse = limit / (max - minimum);
        scale = 1 / inverse;
        round(count, x, from, inverse, codes, codesFrom);
        float bestError = error(count, x, from, weights, codes, codesFrom, scale, minimum);
        for (int trial = 0; trial <= lastTrial; trial++) {
            inverse = (firstShift + shiftStep * trial + limit) / (max - minimum); // the best minimum so far
            round(count, x, from, inverse, trialCodes, 0);
            bestError = tryLine(count, x, from, weights, sumW, sumX, bestError, codes, codesFrom);
        }
    }

    /** Fits a line to the trial's codes and keeps both if the error is smaller. */
    private float tryLine(int count, float[] x, int from, float[] weights, float sumW, float sumX, float bestError, byte[] codes,
            int codesFrom) {
        float sumL = 0;
        float sumLl = 0;
        float sumXl = 0;
        for (int i = 0; i < count; i++) {
            float number = x[from + i];
            float weight = weight(weights, i, number);
            int code = trialCodes[i];
            sumL += weight * code;
            sumLl += weight * code * code;
            sumXl += weight * code * number;
        }
        float determinant = sumW * sumLl - sumL * sumL;
        if (!(determinant > 0)) {
            return bestError;
        }
        float trialScale = (sumW * sumXl - sumX * sumL) / determinant;
        float trialMinimum = (sumLl * sumX - sumL * sumXl) / determinant;
        if (trialMinimum > 0) {
            trialMinimum = 0;
            trialScale = sumXl / sumLl;
        }
        float error = error(count, x, from, weights, trialCodes, 0, trialScale, trialMinimum);
        if (!(error < bestError)) {
            return bestError;
        }
        System.arraycopy(trialCodes, 0, codes, codesFrom, count);
        scale = trialScale;
        minimum = trialMinimum;
        return error;
    }

    private void round(int count, float[] x, int from, float inverse, byte[] codes, int codesFrom) {
        for (int i = 0; i < count; i++) {
            codes[codesFrom + i] = (byte) Math.clamp(Rounding.halfEven(inverse * (x[from + i] - minimum)), 0, limit);
        }
    }

    private float error(int count, float[] x, int from, float[] weights, byte[] codes, int codesFrom, float scale, float minimum) {
        float error = 0;
        for (int i = 0; i < count; i++) {
            float difference = scale * codes[codesFrom + i] + minimum - x[from + i];
            error += weight(weights, i, x[from + i]) * (absolute ? Math.abs(difference) : difference * difference);
        }
        return error;
    }

    private static float weight(float[] weights, int i, float number) {
        return weights == null ? number * number : weights[i];
    }
}

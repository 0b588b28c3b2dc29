package dev.nibble.core.backend.vector;

/**
 * e^x in float, within two units in the last place: {@code 2^n × e^r} with r in ±½ ln 2, and for e^r the polynomial of S. Moshier's Cephes
 * library ({@code expf}). The steps are those of {@link LaneOps}, so the results are bit-identical.
 */
final class ScalarExponential {
    static final float LOG2_E = 1.442695f;
    static final float MINUS_LN2_HIGH = -0.6931472f;
    static final float MINUS_LN2_LOW = 1.9046542e-9f;
    /** 1.5 × 2^23: adding it rounds a value to an integer in the lowest bits. */
    static final float ROUND = 12582912f;
    /** Bounds: above {@code HIGHEST} e^x is infinite, below {@code LOWEST} it is 0. */
    static final float HIGHEST = 89;
    static final float LOWEST = -105;
    static final int BIAS = 127;
    static final int MANTISSA = 23;

    /** Coefficients of r^7 down to r^2. */
    static final float C7 = 0.00019875691f;
    static final float C6 = 0.0013981999f;
    static final float C5 = 0.008333452f;
    static final float C4 = 0.041665796f;
    static final float C3 = 0.16666666f;
    static final float C2 = 0.5f;

    private ScalarExponential() {}

    static float of(float x) {
        float bounded = x < LOWEST ? LOWEST : x > HIGHEST ? HIGHEST : x; // NaN stays
        float shifted = Math.fma(bounded, LOG2_E, ROUND);
        float whole = shifted - ROUND;
        float r = Math.fma(whole, MINUS_LN2_LOW, Math.fma(whole, MINUS_LN2_HIGH, bounded));
        float p = Math.fma(C7, r, C6);
        p = Math.fma(p, r, C5);
        p = Math.fma(p, r, C4);
        p = Math.fma(p, r, C3);
        p = Math.fma(p, r, C2);
        float power = Math.fma(p, r * r, r) + 1;
        int n = Float.floatToRawIntBits(shifted) - Float.floatToRawIntBits(ROUND);
        int half = n >> 1; // in two steps: 2^n alone may be too large or too small for a float
        return power * twoTo(half) * twoTo(n - half);
    }

    private static float twoTo(int n) {
        return Float.intBitsToFloat((n + BIAS) << MANTISSA);
    }
}

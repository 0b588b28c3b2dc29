package dev.nibble.core.tensor;

/**
 * The 4-bit floating-point format E2M1 of the OCP MX specification: sign, 2 bits of exponent (bias 1), 1 of mantissa. Codes 0 to 7 are 0,
 * 0.5, 1, 1.5, 2, 3, 4, 6; codes 8 to 15 the same, negative.
 *
 * <p>
 * Encoding rounds to the nearest code, the even one of two. There is no infinity and no NaN: values too large, infinities included, become
 * ±6, and NaN becomes 0.
 */
public final class Float4 {
    public static final float MAX = 6;

    private static final int NEGATIVE = 8;

    private Float4() {}

    /** Reads the low four bits. */
    public static float fromE2m1(int code) {
        float magnitude = SmallFloat.magnitude(code & 7, 1, 1);
        return (code & NEGATIVE) == 0 ? magnitude : -magnitude;
    }

    /** A code from 0 to 15. */
    public static int toE2m1(float number) {
        if (Float.isNaN(number)) {
            return 0;
        }
        int magnitude = SmallFloat.nearest(Math.min(Math.abs(number), MAX), 1, 1);
        return Float.floatToRawIntBits(number) < 0 ? NEGATIVE | magnitude : magnitude;
    }
}

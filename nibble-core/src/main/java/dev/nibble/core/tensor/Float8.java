package dev.nibble.core.tensor;

/**
 * The 8-bit floating-point formats of the OCP specifications for FP8 and MX.
 *
 * <pre>
 *   E4M3   sign, 4 bits of exponent (bias 7), 3 of mantissa; to 448; no infinity, NaN is s.1111.111 ("FN")
 *   E5M2   sign, 5 bits of exponent (bias 15), 2 of mantissa; to 57344; infinity and NaN as in IEEE
 *   E8M0   8 bits of exponent (bias 127): 2^-127 to 2^127; no sign, no zero; NaN is 255
 *   UE4M3  E4M3 without a sign; the top bit is not used
 * </pre>
 *
 * Encoding rounds to the nearest code, the even one of two. A finite number beyond the largest becomes the largest. An infinity stays one
 * in E5M2 and is NaN elsewhere, so that it is not mistaken for a number; NaN stays NaN and loses its payload. In the unsigned formats,
 * everything not positive becomes the smallest code.
 */
public final class Float8 {
    public static final float E4M3_MAX = 448;
    public static final float E5M2_MAX = 57344;

    private static final int SIGN = 0x80;
    private static final int MAGNITUDE = 0x7F;
    private static final int E4M3_NAN = 0x7F;
    private static final int E5M2_INFINITY = 0x7C;
    private static final int E5M2_NAN = 0x7E;
    private static final int E8M0_NAN = 0xFF;
    private static final int E8M0_LARGEST = 0xFE;

    private Float8() {}

    public static float fromE4m3(byte code) {
        float magnitude = fromUe4m3(code);
        return code < 0 ? -magnitude : magnitude;
    }

    public static byte toE4m3(float number) {
        return (byte) (sign(number) | e4m3Magnitude(number));
    }

    /** E5M2 is the upper byte of an IEEE half. */
    public static float fromE5m2(byte code) {
        return Float.float16ToFloat((short) (code << 8));
    }

    public static byte toE5m2(float number) {
        float magnitude = Math.abs(number);
        if (magnitude <= Float.MAX_VALUE) {
            return (byte) (sign(number) | SmallFloat.nearest(Math.min(magnitude, E5M2_MAX), 2, 15));
        }
        return (byte) (sign(number) | (Float.isNaN(number) ? E5M2_NAN : E5M2_INFINITY));
    }

    public static float fromE8m0(byte code) {
        int exponent = code & 0xFF;
        if (exponent == E8M0_NAN) {
            return Float.NaN;
        }
        return exponent == 0 ? 0x1p-127f : Float.intBitsToFloat(exponent << 23);
    }

    public static byte toE8m0(float number) {
        if (Float.isNaN(number) || number == Float.POSITIVE_INFINITY) {
            return (byte) E8M0_NAN;
        }
        if (number < 0x1p-127f) {
            return 0;
        }
        int exponent = Math.max(Math.getExponent(number), -127);
        double mantissa = Math.scalb((double) number, -exponent); // from 1, below 2
        int code = exponent + 127;
        boolean up = mantissa > 1.5 || (mantissa == 1.5 && (code & 1) == 1);
        return (byte) Math.min(up ? code + 1 : code, E8M0_LARGEST);
    }

    public static float fromUe4m3(byte code) {
        int magnitude = code & MAGNITUDE;
        return magnitude == E4M3_NAN ? Float.NaN : SmallFloat.magnitude(magnitude, 3, 7);
    }

    public static byte toUe4m3(float number) {
        return (byte) (number <= 0 ? 0 : e4m3Magnitude(number));
    }

    private static int e4m3Magnitude(float number) {
        float magnitude = Math.abs(number);
        return magnitude <= Float.MAX_VALUE ? SmallFloat.nearest(Math.min(magnitude, E4M3_MAX), 3, 7) : E4M3_NAN;
    }

    private static int sign(float number) {
        return Float.floatToRawIntBits(number) >>> 24 & SIGN;
    }
}

package dev.nibble.core.tensor;

/**
 * The upper half of an IEEE float: sign, 8 bits of exponent, 7 of mantissa.
 *
 * <p>
 * Encoding rounds to the nearest code, the even one of two; values beyond the largest become infinity, as in IEEE. NaN stays NaN, made
 * quiet, with the upper bits of its payload.
 */
public final class BFloat16 {
    /** The largest finite number. */
    public static final float MAX = 0x1.fep127f;

    private static final int INFINITY = 0x7F800000;
    private static final int QUIET = 0x40;

    private BFloat16() {}

    public static float toFloat(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    public static short fromFloat(float number) {
        int bits = Float.floatToRawIntBits(number);
        int even = bits >>> 16 & 1;
        int rounded = (bits + 0x7FFF + even) >>> 16;
        int quieted = bits >>> 16 | QUIET;
        return (short) ((bits & 0x7FFFFFFF) > INFINITY ? quieted : rounded);
    }
}

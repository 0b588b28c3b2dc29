package dev.nibble.core.codec;

/** The ways ggml rounds; which one a codec uses decides its bytes at ties. */
final class Rounding {
    private Rounding() {}

    /** C's {@code roundf}: ties go away from zero. Saturates beyond the integers; NaN gives 0. */
    static int halfAwayFromZero(float x) {
        float magnitude = Math.abs(x);
        int whole = (int) magnitude;
        if (magnitude - whole >= 0.5f && whole < Integer.MAX_VALUE) {
            whole++;
        }
        return x < 0 ? -whole : whole;
    }

    /** ggml's {@code nearest_int}: ties go to the even neighbour. For magnitudes below 2^22; beyond, some integer. */
    static int halfEven(float x) {
        float shifted = x + 12582912f; // 1.5 × 2^23: the sum's low mantissa bits are the integer
        return (Float.floatToRawIntBits(shifted) & 0x007fffff) - 0x00400000;
    }
}

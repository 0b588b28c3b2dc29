package dev.nibble.core.codec;

/** The rounding modes of ggml; they differ at ties. */
final class Rounding {
    private Rounding() {}

    /** C's {@code roundf}: ties away from zero. Saturates beyond the integers; NaN gives 0. */
    static int halfAwayFromZero(float x) {
        float magnitude = Math.abs(x);
        int whole = (int) magnitude;
        if (magnitude - whole >= 0.5f && whole < Integer.MAX_VALUE) {
            whole++;
        }
        return x < 0 ? -whole : whole;
    }

    /** ggml's {@code nearest_int}: ties to even. For magnitudes below 2^22; an arbitrary integer beyond. */
    static int halfEven(float x) {
        float shifted = x + 12582912f; // 1.5 × 2^23: the sum's low mantissa bits are the integer
        return (Float.floatToRawIntBits(shifted) & 0x007fffff) - 0x00400000;
    }
}

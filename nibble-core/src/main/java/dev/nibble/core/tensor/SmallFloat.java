package dev.nibble.core.tensor;

/**
 * Magnitudes of floating-point formats of at most 8 bits. Below the sign, a code holds exponent, then mantissa, as in IEEE 754, so codes
 * are ordered by magnitude:
 *
 * <pre>
 *   exponent 0:  mantissa × 2^(1 − bias − mantissaBits)
 *   else:        (2^mantissaBits + mantissa) × 2^(exponent − bias − mantissaBits)
 * </pre>
 */
final class SmallFloat {
    private SmallFloat() {}

    /** The magnitude of a code; exact. */
    static float magnitude(int code, int mantissaBits, int bias) {
        return Float.intBitsToFloat(code << (23 - mantissaBits)) * powerOfTwo(127 - bias); // subnormals become normal by the product
    }

    /** The code nearest to a finite magnitude, the even one of two; the range is not limited above. */
    static int nearest(float magnitude, int mantissaBits, int bias) {
        int exponent = Math.max(Math.getExponent(magnitude), 1 - bias);
        int mantissa = (int) Math.rint(Math.scalb((double) magnitude, mantissaBits - exponent)); // with the leading one
        return ((exponent + bias - 1) << mantissaBits) + mantissa; // a mantissa rounded up to the next power of two carries
    }

    private static float powerOfTwo(int exponent) {
        return Float.intBitsToFloat((exponent + 127) << 23);
    }
}

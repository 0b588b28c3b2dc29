package dev.nibble.core.recipe;

/** Numbers compared as they are stored. */
final class Bits {
    private Bits() {}

    /** Whether two rows have the same bits: −0 is not 0. */
    static boolean equal(float[] one, float[] other) {
        boolean equal = one.length == other.length;
        for (int i = 0; equal && i < one.length; i++) {
            equal = Float.floatToRawIntBits(one[i]) == Float.floatToRawIntBits(other[i]);
        }
        return equal;
    }
}

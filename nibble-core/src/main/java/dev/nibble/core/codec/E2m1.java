package dev.nibble.core.codec;

import dev.nibble.core.tensor.Float4;
import java.util.Arrays;

/** 4-bit floats under a scale, as in ggml: doubled to integers, with the scale halved. */
final class E2m1 {
    private static final int NEGATIVE = 8;
    private static final int[] DOUBLED = new int[16];

    static {
        Arrays.setAll(DOUBLED, code -> (int) (2 * Float4.fromE2m1(code)));
    }

    private E2m1() {}

    /** Twice the value of a code from 0 to 15, without negative zero. */
    static int doubled(int code) {
        return DOUBLED[code];
    }

    /** The code nearest to {@code number / (2 × halfScale)}: by the rounded distances, and of equal ones the code nearer to zero. */
    static int nearest(float number, float halfScale) {
        float magnitude = Math.abs(number);
        int nearest = 0;
        float smallest = magnitude;
        for (int code = 1; code < NEGATIVE; code++) {
            float distance = Math.abs(doubled(code) * halfScale - magnitude);
            if (distance < smallest) {
                nearest = code;
                smallest = distance;
            }
        }
        return nearest != 0 && number < 0 ? nearest | NEGATIVE : nearest;
    }
}

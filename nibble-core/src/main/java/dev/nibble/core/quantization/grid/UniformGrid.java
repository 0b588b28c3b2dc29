package dev.nibble.core.quantization.grid;

import java.util.SplittableRandom;

/**
 * Evenly spaced values under integer codes: {@code value = (code − zeroPoint) · scale}, {@code code = round(x / scale) + zeroPoint}, ties to
 * the even neighbour, within the range of codes.
 */
public record UniformGrid(double scale, int zeroPoint, int smallestCode, int largestCode) {
    private static final int MAX_BITS = 16;

    public UniformGrid {
        if (!(scale > 0) || Double.isInfinite(scale) || smallestCode >= largestCode) {
            throw new IllegalArgumentException("a grid with steps of " + scale + ", codes " + smallestCode + " to " + largestCode);
        }
    }

    /** How a symmetric grid meets the largest magnitude. */
    public enum Symmetry {
        /** Codes from {@code −2^(b−1)} to {@code 2^(b−1) − 1}; the scale is {@code magnitude / 2^(b−1)}: the positive end stops a step short. */
        FULL,
        /** Codes from {@code −(2^(b−1) − 1)} to {@code 2^(b−1) − 1}; the scale is {@code magnitude / (2^(b−1) − 1)}. */
        RESTRICTED
    }

    private static int half(int bits) {
        if (bits < 1 || bits > MAX_BITS) {
            throw new IllegalArgumentException(bits + " bits, expected 1 to " + MAX_BITS);
        }
        return 1 << (bits - 1);
    }

    /** Of equal numbers, or all zero ones, the step is 1 for want of another. */
    private static double step(double step) {
        return step > 0 ? step : 1;
    }

    /**
     * Signed codes from the smallest to the largest number, without regard to zero unless it is between them:
     * {@code scale = width / (2^b − 1)}, {@code zeroPoint = −2^(b−1) − round(smallest / scale)}.
     */
    public static UniformGrid affine(Range range, int bits) {
        int half = half(bits);
        double scale = step(range.width() / (2.0 * half - 1));
        return new UniformGrid(scale, (int) (-half - Math.rint(range.smallest() / scale)), -half, half - 1);
    }

    /** The same with a range widened to hold zero, so that zero is a value of the grid and the zero point is a code. */
    public static UniformGrid affineWithZero(Range range, int bits) {
        return affine(range.with(new Range(0, 0)), bits);
    }

    public static UniformGrid symmetric(Range range, int bits, Symmetry symmetry) {
        int half = half(bits);
        return switch (symmetry) {
            case FULL -> new UniformGrid(step(range.magnitude() / half), 0, -half, half - 1);
            case RESTRICTED -> {
                if (half < 2) {
                    throw new IllegalArgumentException("one bit has no restricted range: its only code would be 0");
                }
                yield new UniformGrid(step(range.magnitude() / (half - 1)), 0, 1 - half, half - 1);
            }
        };
    }

    public int code(double number) {
        return clamp(Math.rint(number / scale) + zeroPoint);
    }

    /** Rounds up as often as the number is near the upper neighbour: right in the mean. */
    public int stochasticCode(double number, SplittableRandom random) {
        return clamp(Math.floor(number / scale + random.nextDouble()) + zeroPoint);
    }

    private int clamp(double code) {
        return (int) Math.clamp(code, (double) smallestCode, largestCode);
    }

    public double value(int code) {
        return ((double) code - zeroPoint) * scale;
    }

    /** What a number becomes: the fake quantization of quantization-aware training. */
    public float rounded(float number) {
        return (float) value(code(number));
    }

    /** The straight-through gradient of {@link #rounded}: 1 within the range of the codes, 0 outside. */
    public int gradient(float number) {
        double code = Math.rint(number / scale) + zeroPoint;
        return code >= smallestCode && code <= largestCode ? 1 : 0;
    }
}

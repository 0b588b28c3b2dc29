package dev.nibble.text.sampling;

/**
 * e^x for x ≤ 0 with the same bits on every machine, which {@link Math#exp} does not promise, and several times faster than
 * {@link StrictMath#exp}: x = (64n + j) · ln 2 / 64 + r, e^x = 2^n · 2^(j/64) · e^r, e^r by five terms. Relative error below 1e-15.
 */
final class Exponential {
    private static final int PARTS = 64;
    private static final double STEPS_PER_UNIT = PARTS / StrictMath.log(2);
    /** ln 2 / 64 as a sum of two; the first has enough trailing zeros that its integer multiples are exact. */
    private static final double STEP_HIGH = Double.longBitsToDouble(Double.doubleToLongBits(StrictMath.log(2)) & -1L << 24) / PARTS;
    private static final double STEP_LOW = (0x1.62e42fefa39efp-1 - STEP_HIGH * PARTS + 0x1.abc9e3b39803fp-56) / PARTS;
    private static final double SMALLEST = -708;
    private static final double[] POWERS = powers();

    private Exponential() {}

    static double of(double x) {
        if (x < SMALLEST) {
            return 0;
        }
        double steps = Math.rint(x * STEPS_PER_UNIT);
        double r = x - steps * STEP_HIGH - steps * STEP_LOW;
        double series = 1 + r * (1 + r * (1.0 / 2 + r * (1.0 / 6 + r * (1.0 / 24 + r * (1.0 / 120)))));
        int whole = (int) steps;
        double power = Double.longBitsToDouble((long) ((whole >> 6) + 1023) << 52);
        return POWERS[whole & PARTS - 1] * series * power;
    }

    private static double[] powers() {
        double[] powers = new double[PARTS];
        for (int j = 0; j < PARTS; j++) {
            powers[j] = StrictMath.pow(2, (double) j / PARTS);
        }
        return powers;
    }
}

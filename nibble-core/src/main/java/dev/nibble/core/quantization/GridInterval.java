package dev.nibble.core.quantization;

import dev.nibble.core.tensor.Block;

/** The two values of a block's grid that a number lies between; the same value twice where there is none on one side. */
record GridInterval(float lower, float upper) {
    private static final int MAX_PROBES = 64;

    /**
     * Changes the code of position {@code i}.
     *
     * @param reach no two neighbours are farther apart: codecs need not make sense of numbers far beyond their grid
     */
    static GridInterval of(Block block, int i, float number, float reach) {
        float nearest = value(block, i, number);
        if (nearest == number) {
            return new GridInterval(nearest, nearest);
        }
        float other = beyond(block, i, nearest, number, reach);
        return nearest < number ? new GridInterval(nearest, other) : new GridInterval(other, nearest);
    }

    /**
     * The next value from {@code nearest} on in the direction of the number. Probes twice as far each time: while a probe is nearest to where
     * it started, it is less than half the gap away, so the next one is not beyond the neighbour.
     */
    private static float beyond(Block block, int i, float nearest, float number, float reach) {
        double distance = (double) number - nearest;
        for (int probe = 0; probe < MAX_PROBES && Math.abs(distance) <= reach; probe++) {
            float value = value(block, i, (float) (nearest + distance));
            if (value != nearest) {
                return value;
            }
            distance *= 2;
        }
        return nearest; // the number is beyond the end of the grid
    }

    private static float value(Block block, int i, float number) {
        block.choose(i, new float[]{number}, 0);
        return block.value(i);
    }
}

package dev.nibble.core.quantization;

import dev.nibble.core.tensor.Block;

/** The two adjacent grid values around a number; twice the same value beyond the ends of the grid. */
record GridInterval(float lower, float upper) {
    private static final int MAX_PROBES = 64;

    /**
     * Changes the code of position {@code i}.
     *
     * @param reach largest distance of adjacent values: codecs need not handle numbers far beyond their grid
     */
    static GridInterval of(Block block, int i, float number, float reach) {
        float nearest = value(block, i, number);
        if (nearest == number) {
            return new GridInterval(nearest, nearest);
        }
        float other = adjacent(block, i, nearest, number, reach);
        return nearest < number ? new GridInterval(nearest, other) : new GridInterval(other, nearest);
    }

    /**
     * The next value after {@code nearest} in the direction of the number. Each probe is twice as far: while a probe rounds to its starting
     * value, it is less than half the gap away, so the next probe does not pass the adjacent value.
     */
    private static float adjacent(Block block, int i, float nearest, float number, float reach) {
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

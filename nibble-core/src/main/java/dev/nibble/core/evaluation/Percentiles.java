package dev.nibble.core.evaluation;

import java.util.Arrays;

/** Percentiles of values, linearly interpolated. */
final class Percentiles {
    private final double[] sorted;

    Percentiles(double[] values) {
        sorted = values.clone();
        Arrays.sort(sorted);
    }

    /** @param fraction 0 is the smallest, 0.5 the median, 1 the largest */
    double at(double fraction) {
        double place = fraction * (sorted.length - 1);
        int below = (int) place;
        double part = place - below;
        return (1 - part) * sorted[below] + part * sorted[Math.min(below + 1, sorted.length - 1)];
    }

    double largest() {
        return sorted[sorted.length - 1];
    }
}

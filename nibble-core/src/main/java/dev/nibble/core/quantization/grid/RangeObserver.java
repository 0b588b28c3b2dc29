package dev.nibble.core.quantization.grid;

/** Finds the range of a grid from the numbers it is shown: what is cut off, so that the rest lies closer. */
public sealed interface RangeObserver permits MinMaxObserver, MovingAverageObserver, HistogramObserver, MeanSquareErrorObserver {
    /** @throws IllegalArgumentException if one is NaN or infinite */
    void observe(float[] numbers, int from, int count);

    /** @throws IllegalStateException if nothing was observed */
    Range range();
}

package dev.nibble.core.quantization.grid;

import java.util.Optional;

/**
 * Smallest and largest number of what is shown at once, averaged over time: {@code average += rate · (new − average)}. As PyTorch's
 * {@code MovingAverageMinMaxObserver}.
 */
public final class MovingAverageObserver implements RangeObserver {
    /** PyTorch's rate. */
    public static final double DEFAULT_RATE = 0.01;

    private final double rate;
    private Optional<Range> average = Optional.empty();

    public MovingAverageObserver(double rate) {
        if (!(rate > 0 && rate <= 1)) {
            throw new IllegalArgumentException("rate is " + rate + ", expected over 0, up to 1");
        }
        this.rate = rate;
    }

    @Override
    public void observe(float[] numbers, int from, int count) {
        if (count > 0) {
            Range range = Range.of(numbers, from, count);
            average = Optional.of(average.map(before -> new Range(before.smallest() + rate * (range.smallest() - before.smallest()),
                    before.largest() + rate * (range.largest() - before.largest()))).orElse(range));
        }
    }

    @Override
    public Range range() {
        return average.orElseThrow(() -> new IllegalStateException("nothing was observed"));
    }
}

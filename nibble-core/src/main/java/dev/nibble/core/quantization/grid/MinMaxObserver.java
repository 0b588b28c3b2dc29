package dev.nibble.core.quantization.grid;

import java.util.Optional;

/** From the smallest to the largest number ever seen: nothing is cut off. */
public final class MinMaxObserver implements RangeObserver {
    private Optional<Range> seen = Optional.empty();

    @Override
    public void observe(float[] numbers, int from, int count) {
        if (count > 0) {
            Range range = Range.of(numbers, from, count);
            seen = Optional.of(seen.map(range::with).orElse(range));
        }
    }

    @Override
    public Range range() {
        return seen.orElseThrow(() -> new IllegalStateException("nothing was observed"));
    }
}

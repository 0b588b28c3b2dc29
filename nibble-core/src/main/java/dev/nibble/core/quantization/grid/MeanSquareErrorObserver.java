package dev.nibble.core.quantization.grid;

import java.util.Optional;

/**
 * The range, of those narrower and narrower than what is shown at once, whose grid has the least error; the widest of all that were found.
 * As compressed-tensors' {@code mse} observer.
 */
public final class MeanSquareErrorObserver implements RangeObserver {
    private static final double MAX_SHRINKING = 0.2;
    private static final int STEPS = 100;
    private static final double NORM = 2.4;
    private static final int PATIENCE = 5;

    private final int bits;
    private Optional<Range> found = Optional.empty();

    public MeanSquareErrorObserver(int bits) {
        this.bits = bits;
    }

    @Override
    public void observe(float[] numbers, int from, int count) {
        if (count == 0) {
            return;
        }
        Range whole = Range.of(numbers, from, count);
        Range best = whole;
        double min = Double.POSITIVE_INFINITY;
        int waited = 0;
        for (int step = 0; step < STEPS * MAX_SHRINKING && waited < PATIENCE; step++) {
            Range range = whole.times(1 - (double) step / STEPS);
            double error = error(UniformGrid.affineWithZero(range, bits), numbers, from, count);
            waited = error < min ? 0 : waited + 1;
            if (error < min) {
                min = error;
                best = range;
            }
        }
        Range chosen = best;
        found = Optional.of(found.map(chosen::with).orElse(chosen));
    }

    private static double error(UniformGrid grid, float[] numbers, int from, int count) {
        double sum = 0;
        for (int i = from; i < from + count; i++) {
            sum += Math.pow(Math.abs(grid.value(grid.code(numbers[i])) - numbers[i]), NORM);
        }
        return sum;
    }

    @Override
    public Range range() {
        return found.orElseThrow(() -> new IllegalStateException("nothing was observed"));
    }
}

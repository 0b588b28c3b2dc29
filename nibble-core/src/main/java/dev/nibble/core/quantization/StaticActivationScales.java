package dev.nibble.core.quantization;

import dev.nibble.core.quantization.grid.Range;
import dev.nibble.core.quantization.grid.RangeObserver;
import dev.nibble.core.tensor.ActivationQuantization;

/** Static scales of a layer's inputs, from what calibration saw of them: W8A8 without a search while the model runs. */
public final class StaticActivationScales {
    private static final double STEPS = 255;
    private static final int LOWEST = -128;

    private StaticActivationScales() {}

    /** The grid that holds every input: the largest magnitude is code 127.5. @throws IllegalArgumentException if it saw only zeros */
    public static ActivationQuantization.PerTensor symmetric(AbsMax inputs) {
        double largest = 0;
        for (double value : inputs.values()) {
            largest = Math.max(largest, value);
        }
        return new ActivationQuantization.PerTensor((float) (2 * largest / STEPS), 0);
    }

    /** The grid over the range that an observer found, 0 included. */
    public static ActivationQuantization.PerTensor of(RangeObserver observer) {
        Range range = observer.range();
        double smallest = Math.min(range.smallest(), 0);
        double scale = (Math.max(range.largest(), 0) - smallest) / STEPS;
        double zero = Math.rint(LOWEST - smallest / scale);
        return new ActivationQuantization.PerTensor((float) scale, (int) Math.clamp(zero, LOWEST, -LOWEST - 1));
    }
}

package dev.nibble.core.calibration;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.quantization.Statistics;
import dev.nibble.error.Advice;
import dev.nibble.error.Setting;
import dev.nibble.error.UnsupportedException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** Gathers the statistics of the watched layers. */
final class InputObserver implements ObservingWeights.Observer {
    private final Map<String, Integer> inputs = new LinkedHashMap<>();
    private final Map<String, Statistics> watched = new HashMap<>();

    @Override
    public void announce(String layer, int columns) {
        inputs.put(layer, columns);
    }

    /** Input size of each layer, in the order of the model's construction. */
    Map<String, Integer> inputs() {
        return inputs;
    }

    void watch(String layer, Statistics statistics) {
        watched.put(layer, statistics);
    }

    void unwatch() {
        watched.clear();
    }

    @Override
    public void onInput(String layer, Matrix input, Workers workers) {
        Statistics statistics = watched.get(layer);
        if (statistics == null || input.rows() == 0) {
            return;
        }
        try {
            statistics.observe(input, workers);
        } catch (UnsupportedException e) {
            throw new UnsupportedException(
                    Advice.of("the inputs of %s: %s; a tensor before it may be damaged (%s shows which have NaN)", layer,
                            e.advice(), Setting.INSPECT.any()),
                    e);
        }
    }
}

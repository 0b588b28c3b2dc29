package dev.nibble.core.inference;

import dev.nibble.core.backend.Backends;
import dev.nibble.core.tensor.InputRounding;
import java.util.Optional;

/**
 * How a model is loaded.
 *
 * @param backends      what computes
 * @param threads       that share the work, the caller's own included
 * @param inputRounding how layers of integer weights round their inputs; empty: as the file says, which mostly is not at all
 */
public record LoadOptions(Backends backends, int threads, Optional<InputRounding> inputRounding) {
    /** Inputs are rounded as the file says. */
    public LoadOptions(Backends backends, int threads) {
        this(backends, threads, Optional.empty());
    }

    /** The fastest backend of this machine, on all its cores. */
    public static LoadOptions defaults() {
        return new LoadOptions(Backends.detect(), Runtime.getRuntime().availableProcessors());
    }

    public LoadOptions with(Backends other) {
        return new LoadOptions(other, threads, inputRounding);
    }

    public LoadOptions withThreads(int count) {
        return new LoadOptions(backends, count, inputRounding);
    }

    /** Layers of integer weights round their inputs so, whatever the file says. */
    public LoadOptions with(InputRounding rounding) {
        return new LoadOptions(backends, threads, Optional.of(rounding));
    }
}

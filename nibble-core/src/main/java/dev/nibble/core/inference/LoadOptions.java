package dev.nibble.core.inference;

import dev.nibble.core.backend.Backends;

/**
 * How a model is loaded.
 *
 * @param backends what computes
 * @param threads  that share the work, the caller's own included
 */
public record LoadOptions(Backends backends, int threads) {
    /** The fastest backend of this machine, on all its cores. */
    public static LoadOptions defaults() {
        return new LoadOptions(Backends.detect(), Runtime.getRuntime().availableProcessors());
    }

    public LoadOptions with(Backends other) {
        return new LoadOptions(other, threads);
    }

    public LoadOptions withThreads(int count) {
        return new LoadOptions(backends, count);
    }
}

package dev.nibble;

import dev.nibble.core.backend.Backends;
import dev.nibble.core.tensor.ActivationQuantization;
import java.util.Optional;

/**
 * How a model is loaded.
 *
 * @param backends      what computes
 * @param threads       that share the work, the caller's own included
 * @param inputRounding how layers of integer weights round their inputs; empty: as the file says, which mostly is not at all
 * @param listener      is warned of what is odd about the tokenizer
 */
public record LoadOptions(Backends backends, int threads, Optional<ActivationQuantization> inputRounding, ProgressListener listener) {
    /** Inputs are rounded as the file says, and nobody listens. */
    public LoadOptions(Backends backends, int threads) {
        this(backends, threads, Optional.empty(), ProgressListener.SILENT);
    }

    /** The fastest backend of this machine, on all its cores. */
    public static LoadOptions defaults() {
        return new LoadOptions(Backends.detect(), Runtime.getRuntime().availableProcessors());
    }

    public LoadOptions with(Backends other) {
        return new LoadOptions(other, threads, inputRounding, listener);
    }

    /** Computes with the backend of that name, such as {@code vector}. */
    public LoadOptions withBackend(String name) {
        return with(Backends.forced(name));
    }

    public LoadOptions withThreads(int count) {
        return new LoadOptions(backends, count, inputRounding, listener);
    }

    /** Layers of integer weights round their inputs so, whatever the file says. */
    public LoadOptions with(ActivationQuantization rounding) {
        return new LoadOptions(backends, threads, Optional.of(rounding), listener);
    }

    public LoadOptions with(ProgressListener told) {
        return new LoadOptions(backends, threads, inputRounding, told);
    }
}

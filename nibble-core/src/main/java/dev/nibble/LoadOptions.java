package dev.nibble;

import dev.nibble.core.backend.Backends;
import dev.nibble.core.tensor.ActivationQuantization;
import java.util.Optional;

/**
 * Options for loading a model.
 *
 * @param backends backends to use
 * @param threads number of threads, the caller's own included
 * @param inputQuantization activation quantization of integer layers; empty for the file's own, which is mostly none
 * @param listener receives warnings about the tokenizer
 */
@SuppressWarnings("exports") // backends are chosen by name outside the library
public record LoadOptions(Backends backends, int threads, Optional<ActivationQuantization> inputQuantization, ProgressListener listener) {
    /** Options with the file's own activation quantization and no listener. */
    public LoadOptions(Backends backends, int threads) {
        this(backends, threads, Optional.empty(), ProgressListener.SILENT);
    }

    /** The fastest backend of this machine, on all its cores. */
    public static LoadOptions defaults() {
        return new LoadOptions(Backends.detect(), Runtime.getRuntime().availableProcessors());
    }

    public LoadOptions with(Backends other) {
        return new LoadOptions(other, threads, inputQuantization, listener);
    }

    /** A copy with the backend of that name, such as {@code vector}. */
    public LoadOptions withBackend(String name) {
        return with(Backends.forced(name));
    }

    public LoadOptions withThreads(int count) {
        return new LoadOptions(backends, count, inputQuantization, listener);
    }

    /** A copy with this activation quantization of integer layers, overriding the file's. */
    public LoadOptions with(ActivationQuantization rounding) {
        return new LoadOptions(backends, threads, Optional.of(rounding), listener);
    }

    public LoadOptions with(ProgressListener told) {
        return new LoadOptions(backends, threads, inputQuantization, told);
    }
}

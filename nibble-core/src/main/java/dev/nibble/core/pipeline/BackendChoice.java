package dev.nibble.core.pipeline;

import dev.nibble.LoadOptions;
import dev.nibble.ProgressListener;
import dev.nibble.core.backend.Backends;
import java.util.Optional;

/** Lazy choice of the backend: rounding to nearest needs none, and detection takes time. */
public final class BackendChoice {
    private final Optional<String> backend;
    private final boolean exact;
    private final int threads;
    private final ProgressListener listener;
    private Optional<LoadOptions> chosen = Optional.empty(); // guarded by this

    /**
     * @param backend name of a backend; empty for the fastest usable one
     * @param exact whether kernels that quantize activations are excluded
     * @param listener receives reasons why faster backends are unavailable
     */
    public BackendChoice(Optional<String> backend, boolean exact, int threads, ProgressListener listener) {
        this.backend = backend;
        this.exact = exact;
        this.threads = threads;
        this.listener = listener;
    }

    int threads() {
        return threads;
    }

    /** The choice as command-line options, for fingerprints: results may depend on it. */
    String words() {
        return backend.map(name -> " --backend " + name).orElse("") + (exact ? " --exact-activations" : "");
    }

    /** @throws dev.nibble.error.UnsupportedException if the backend is not usable here */
    public synchronized LoadOptions options() {
        if (chosen.isEmpty()) {
            Backends backends = backend.map(Backends::forced).orElseGet(Backends::detect);
            backends.unavailable().forEach(listener::note);
            chosen = Optional.of(new LoadOptions(exact ? backends.withExactActivations() : backends, threads).with(listener));
        }
        return chosen.get();
    }
}

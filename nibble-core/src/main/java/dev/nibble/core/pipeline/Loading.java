package dev.nibble.core.pipeline;

import dev.nibble.LoadOptions;
import dev.nibble.ProgressListener;
import dev.nibble.core.backend.Backends;
import java.util.Optional;

/** Chooses what computes when it is first needed: rounding to nearest needs no backend, and looking for one takes its time. */
public final class Loading {
    private final Optional<String> backend;
    private final boolean exact;
    private final int threads;
    private final ProgressListener listener;
    private Optional<LoadOptions> chosen = Optional.empty(); // guarded by this

    /**
     * @param backend  the name of one; empty for the fastest that runs here
     * @param exact    whether kernels that round activations are left out
     * @param listener is told what keeps faster backends away
     */
    public Loading(Optional<String> backend, boolean exact, int threads, ProgressListener listener) {
        this.backend = backend;
        this.exact = exact;
        this.threads = threads;
        this.listener = listener;
    }

    int threads() {
        return threads;
    }

    /** What was asked for, in words: results may depend on it. */
    String words() {
        return backend.map(name -> " --backend " + name).orElse("") + (exact ? " --exact-activations" : "");
    }

    /** @throws dev.nibble.error.UnsupportedException if the backend does not run here */
    public synchronized LoadOptions options() {
        if (chosen.isEmpty()) {
            Backends backends = backend.map(Backends::forced).orElseGet(Backends::detect);
            backends.obstacles().forEach(listener::note);
            chosen = Optional.of(new LoadOptions(exact ? backends.withExactActivations() : backends, threads).with(listener));
        }
        return chosen.get();
    }
}

package dev.nibble.cli;

import dev.nibble.core.backend.Backends;
import dev.nibble.core.inference.KvFormat;
import dev.nibble.core.inference.LoadOptions;
import dev.nibble.core.inference.SessionOptions;
import dev.nibble.core.kernel.Backend;
import dev.nibble.core.tensor.Codec;
import java.util.Iterator;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of every command that runs a model. */
final class ModelOptions {
    private static final int MAX_THREADS = 1024;

    /** For the help and for completion. */
    static final class BackendNames implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Backends.ALL.stream().map(Backend::name).iterator();
        }
    }

    /** For the help and for completion. */
    static final class KvFormatNames implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return KvFormat.ALL.stream().map(Codec::name).iterator();
        }
    }

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(names = {"-t", "--threads"}, paramLabel = "N", description = "Default: all cores.")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(names = "--backend", paramLabel = "NAME", completionCandidates = BackendNames.class, description = "Compute with this one: ${COMPLETION-CANDIDATES}. Default: the fastest that runs here, or what -Dnibble.backend names.")
    private String backend = System.getProperty("nibble.backend", "");

    @Option(names = {"-c",
        "--ctx"}, paramLabel = "N", description = "Positions there are for prompt and answer together, or tokens in a window of a text. Default: what the model was trained for, at most 8192; windows are as long as their protocol says.")
    private int context;

    @Option(names = "--kv", paramLabel = "TYPE", completionCandidates = KvFormatNames.class, defaultValue = "F16", description = "Keep keys and values in this type: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private String kvFormat;

    /** @throws ParameterException for a number out of range */
    LoadOptions load() {
        if (threads < 1 || threads > MAX_THREADS) {
            throw wrong("--threads is " + threads + ", expected 1 to " + MAX_THREADS);
        }
        return new LoadOptions(backends(), threads);
    }

    private Backends backends() {
        if (!backend.isEmpty()) {
            return Backends.forced(backend);
        }
        Backends detected = Backends.detect();
        List<String> obstacles = detected.obstacles();
        obstacles.forEach(obstacle -> System.err.println("nibble: " + obstacle));
        return detected;
    }

    SessionOptions session() {
        if (context < 0) {
            throw wrong("--ctx is " + context + ", expected 1 or more");
        }
        return SessionOptions.DEFAULTS.withContext(context).with(KvFormat.named(kvFormat));
    }

    /** 0 where none was given. */
    int context() {
        return context;
    }

    private ParameterException wrong(String message) {
        return new ParameterException(command.commandLine(), message);
    }
}

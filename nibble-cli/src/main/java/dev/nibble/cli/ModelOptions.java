package dev.nibble.cli;

import dev.nibble.KvFormat;
import dev.nibble.LoadOptions;
import dev.nibble.SessionOptions;
import dev.nibble.core.tensor.Codec;
import java.util.Iterator;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of every command that runs a model. */
final class ModelOptions {
    /** Names for help and completion. */
    static final class KvFormatNames implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return KvFormat.ALL.stream().map(Codec::name).iterator();
        }
    }

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(names = {"-t", "--threads"}, paramLabel = "N", description = "Thread count. Default: all cores.")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Mixin
    private BackendOption backend;

    @Option(names = {"-c",
        "--ctx"}, paramLabel = "N", description = "Context length, prompt and answer together. Default: the model's, at most 8192.")
    private int context;

    @Option(names = "--kv", paramLabel = "TYPE", completionCandidates = KvFormatNames.class, defaultValue = "F16", description = "Type of the KV cache: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private String kvFormat;

    /** @throws ParameterException for a value out of range */
    LoadOptions load() {
        return backend.load(threads);
    }

    SessionOptions session() {
        if (context < 0) {
            throw wrong("--ctx is " + context + ", expected 1 or more");
        }
        return SessionOptions.DEFAULTS.withSequences(1).withContext(context).with(KvFormat.named(kvFormat));
    }

    /** The context length; 0 if not given. */
    int context() {
        return context;
    }

    private ParameterException wrong(String message) {
        return new ParameterException(command.commandLine(), message);
    }
}

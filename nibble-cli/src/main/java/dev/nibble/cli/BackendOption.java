package dev.nibble.cli;

import dev.nibble.LoadOptions;
import dev.nibble.Quantization;
import dev.nibble.core.backend.Backends;
import dev.nibble.core.kernel.Backend;
import java.util.Iterator;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The backend of matrix products. */
final class BackendOption {
    private static final int MAX_THREADS = 1024;

    /** Names for help and completion. */
    static final class Names implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Backends.ALL.stream().map(Backend::name).iterator();
        }
    }

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    private String backend = "";

    BackendOption() {
        choose(System.getProperty("nibble.backend", ""));
    }

    /** Chooses a backend; one without machine code disables machine code in the whole process, quantization included. */
    @Option(names = "--backend", paramLabel = "NAME", completionCandidates = Names.class, description = "Backend: ${COMPLETION-CANDIDATES}. Default: -Dnibble.backend, or the fastest that runs on this machine.")
    private void choose(String name) {
        backend = name;
        Backends.allowMachineCode(name.isEmpty() || Backends.makesMachineCode(name));
    }

    @Option(names = "--exact-activations", description = "Do not quantize activations to 8 bits: slower, for comparisons.")
    private boolean exact;

    Quantization applyTo(Quantization quantization) {
        return (backend.isEmpty() ? quantization : quantization.backend(backend)).exactActivations(exact);
    }

    /** @throws ParameterException if {@code threads} is out of range */
    LoadOptions load(int threads) {
        if (threads < 1 || threads > MAX_THREADS) {
            throw new ParameterException(command.commandLine(), "--threads is " + threads + ", expected 1 to " + MAX_THREADS);
        }
        Backends backends = backend.isEmpty() ? Backends.detect() : Backends.forced(backend);
        backends.unavailable().forEach(StandardError::message);
        return new LoadOptions(exact ? backends.withExactActivations() : backends, threads);
    }
}

package dev.nibble.core.backend;

import dev.nibble.core.backend.reference.ReferenceBackend;
import dev.nibble.core.backend.vector.VectorBackend;
import dev.nibble.core.backend.x86.X86Backend;
import dev.nibble.core.kernel.Backend;
import dev.nibble.core.kernel.MatMul;
import dev.nibble.core.kernel.Ops;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.x86.machine.Machine;
import dev.nibble.error.UnsupportedException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The backends that run a model, in order of preference. The last one supports every codec, so there is always a kernel.
 *
 * @param unavailable reasons why faster backends are unavailable, one line each
 * @param exact whether kernels that quantize activations are excluded
 */
public record Backends(List<Backend> usable, List<String> unavailable, boolean exact) {
    /** All backends for this kind of machine, the fastest first. */
    public static final List<Backend> ALL = all();

    public Backends {
        usable = List.copyOf(usable);
        unavailable = List.copyOf(unavailable);
    }

    private static List<Backend> all() {
        List<Backend> all = new ArrayList<>();
        if (Machine.isKnown()) { // on other machines, no class that makes machine code is even loaded
            all.addAll(List.of(X86Backend.amx(), X86Backend.avx512(), X86Backend.avx2()));
        }
        all.add(new VectorBackend());
        all.add(new ReferenceBackend());
        return List.copyOf(all);
    }

    /**
     * Sets whether this process may generate machine code from now on, for backends and encoders; the default is true. Only an x86 backend
     * or a quantization generates code, maps an executable page and installs a signal handler.
     */
    public static void allowMachineCode(boolean allowed) {
        Machine.allow(allowed);
    }

    /** Whether the backend of that name generates machine code. */
    public static boolean makesMachineCode(String name) {
        return ALL.stream().anyMatch(backend -> backend.name().equals(name) && backend instanceof X86Backend);
    }

    /** The backends usable on this machine; the first has passed its self-test. */
    public static Backends detect() {
        return detect(ALL);
    }

    static Backends detect(List<Backend> all) {
        List<Backend> usable = new ArrayList<>();
        List<String> unavailable = new ArrayList<>();
        for (Backend backend : all) {
            Optional<String> unsupportedReason = backend.unsupportedReason()
                    .or(() -> usable.isEmpty() ? backend.selfTestFailure() : Optional.empty());
            if (unsupportedReason.isEmpty()) {
                usable.add(backend);
            } else if (backend.fits()) {
                unavailable.add("no backend " + backend.name() + ": " + unsupportedReason.get());
            }
        }
        return new Backends(usable, unavailable, false);
    }

    /**
     * The backend of that name, with the reference backend for everything it has no kernel for.
     *
     * @throws UnsupportedException if there is none of that name, or it is not usable here
     */
    public static Backends forced(String name) {
        return forced(ALL, name);
    }

    static Backends forced(List<Backend> all, String name) {
        Backend backend = all.stream().filter(b -> b.name().equals(name)).findFirst().orElseThrow(() -> new UnsupportedException(
                "no backend " + name + "; there are " + all.stream().map(Backend::name).collect(Collectors.joining(", "))));
        backend.unsupportedReason().or(backend::selfTestFailure).ifPresent(why -> {
            throw new UnsupportedException("backend " + name + " does not run here: " + why);
        });
        Backend last = all.getLast();
        return new Backends(backend.equals(last) ? List.of(last) : List.of(backend, last), List.of(), false);
    }

    /** A copy without kernels that quantize activations. */
    public Backends withExactActivations() {
        return new Backends(usable, unavailable, true);
    }

    /** Name of the preferred backend. */
    public String name() {
        return usable.getFirst().name();
    }

    /** The kernel of the first backend that has one for the weight. */
    public Prepared prepare(Tensor weight, Arena arena) {
        for (Backend backend : usable) {
            boolean excluded = exact && backend.quantizesActivations(weight.codec());
            var kernel = excluded ? Optional.<MatMul>empty() : backend.prepare(weight, arena);
            if (kernel.isPresent()) {
                return new Prepared(backend.name(), kernel.get());
            }
        }
        throw new IllegalStateException("no backend has a kernel for " + weight.codec().name());
    }

    /** A kernel and the backend that made it. */
    public record Prepared(String backend, MatMul kernel) {}

    /** The operations of the preferred backend, falling back to the others. */
    public Ops ops() {
        return ops(0);
    }

    private Ops ops(int from) {
        return usable.get(from).ops(() -> ops(from + 1));
    }
}

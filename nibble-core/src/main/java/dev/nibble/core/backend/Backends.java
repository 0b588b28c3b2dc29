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
 * @param obstacles reasons why faster backends are not used, one line each
 * @param exact     whether kernels that quantize activations are excluded
 */
public record Backends(List<Backend> usable, List<String> obstacles, boolean exact) {
    /** All backends for this kind of machine, the fastest first. */
    public static final List<Backend> ALL = all();

    public Backends {
        usable = List.copyOf(usable);
        obstacles = List.copyOf(obstacles);
    }

    private static List<Backend> all() {
        List<Backend> all = new ArrayList<>();
        if (Machine.isKnown()) { // on other kinds, nothing that makes machine code is so much as loaded
            all.addAll(List.of(X86Backend.amx(), X86Backend.avx512(), X86Backend.avx2()));
        }
        all.add(new VectorBackend());
        all.add(new ReferenceBackend());
        return List.copyOf(all);
    }

    /**
     * Sets whether this process may make machine code from now on, for backends and for encoders; the default is true. Unless an x86 backend is
     * used or a model quantized, none is made anyway: no page is made executable and no signal handler installed.
     */
    public static void allowMachineCode(boolean allowed) {
        Machine.allow(allowed);
    }

    /** Whether the backend of that name makes machine code. */
    public static boolean makesMachineCode(String name) {
        return ALL.stream().anyMatch(backend -> backend.name().equals(name) && backend instanceof X86Backend);
    }

    /** The backends that run on this machine; the first of them has passed its self-test. */
    public static Backends detect() {
        return detect(ALL);
    }

    static Backends detect(List<Backend> all) {
        List<Backend> usable = new ArrayList<>();
        List<String> obstacles = new ArrayList<>();
        for (Backend backend : all) {
            Optional<String> unsupportedReason = backend.unsupportedReason()
                    .or(() -> usable.isEmpty() ? backend.selfTestFailure() : Optional.empty());
            if (unsupportedReason.isEmpty()) {
                usable.add(backend);
            } else if (backend.fits()) {
                obstacles.add("no backend " + backend.name() + ": " + unsupportedReason.get());
            }
        }
        return new Backends(usable, obstacles, false);
    }

    /**
     * The backend of that name, followed by the reference for everything it has no kernel for.
     *
     * @throws UnsupportedException if there is none of that name, or it does not run here
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

    /** The same without kernels that quantize activations. */
    public Backends withExactActivations() {
        return new Backends(usable, obstacles, true);
    }

    /** The name of the preferred one. */
    public String name() {
        return usable.getFirst().name();
    }

    /** The kernel of the first backend that has one for the weight. */
    public Prepared prepare(Tensor weight, Arena arena) {
        for (Backend backend : usable) {
            boolean left = exact && backend.quantizesActivations(weight.codec());
            var kernel = left ? Optional.<MatMul>empty() : backend.prepare(weight, arena);
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

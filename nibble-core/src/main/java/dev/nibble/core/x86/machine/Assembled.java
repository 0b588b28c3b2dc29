package dev.nibble.core.x86.machine;

import java.util.Optional;
import java.util.function.Supplier;

/** A kernel that is assembled on first use. Thread-safe. */
public final class Assembled implements Supplier<Kernel> {
    private final Supplier<Kernel> assembling;
    private volatile Optional<Kernel> kernel = Optional.empty();

    public Assembled(Supplier<Kernel> assembling) {
        this.assembling = assembling;
    }

    @Override
    public Kernel get() {
        return kernel.orElseGet(this::assemble);
    }

    private synchronized Kernel assemble() {
        if (kernel.isEmpty()) {
            kernel = Optional.of(assembling.get());
        }
        return kernel.orElseThrow();
    }
}

package dev.nibble.core.backend.x86;

import dev.nibble.core.x86.machine.Assembled;
import dev.nibble.core.x86.machine.CodeSpace;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The kernels of one instruction set, each once. Looking one up is for when a model is loaded, not for every call. */
final class KernelCache {
    private final CodeSpace space;
    private final Isa isa;
    private final Map<String, Assembled> kernels = new ConcurrentHashMap<>();

    KernelCache(CodeSpace space, Isa isa) {
        this.space = space;
        this.isa = isa;
    }

    Isa isa() {
        return isa;
    }

    /** The kernel of that name, assembled when it is first called. */
    Assembled get(String name, CodeSpace.Body body) {
        return kernels.computeIfAbsent(name, any -> new Assembled(() -> space.kernel(isa.backend() + " " + name, body)));
    }
}

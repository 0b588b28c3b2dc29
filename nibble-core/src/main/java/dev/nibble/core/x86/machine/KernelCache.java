package dev.nibble.core.x86.machine;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The kernels of one instruction set, each assembled once. Look-ups belong to loading a model, not to every call. */
public final class KernelCache {
    private final CodeCache space;
    private final Isa isa;
    private final Map<String, Assembled> kernels = new ConcurrentHashMap<>();

    public KernelCache(CodeCache space, Isa isa) {
        this.space = space;
        this.isa = isa;
    }

    public Isa isa() {
        return isa;
    }

    /** The kernel of that name, assembled on first use. */
    public Assembled get(String name, CodeCache.Body body) {
        return kernels.computeIfAbsent(name, any -> new Assembled(() -> space.kernel(isa.backend() + " " + name, body)));
    }
}

package dev.nibble.core.x86.machine;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The kernels of one instruction set, each once. Looking one up is for when a model is loaded, not for every call. */
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

    /** The kernel of that name, assembled when it is first called. */
    public Assembled get(String name, CodeCache.Body body) {
        return kernels.computeIfAbsent(name, any -> new Assembled(() -> space.kernel(isa.backend() + " " + name, body)));
    }
}

package dev.nibble.core.inference;

import dev.nibble.core.tensor.Tensor;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/** What became of the weights when a model was loaded. */
public final class LoadStatistics {
    private final Map<String, Long> bytesByKernel = new TreeMap<>();
    private long copied;

    LoadStatistics() {}

    void prepared(String name, Tensor weight, String backend) {
        bytesByKernel.merge(backend + " " + weight.codec().name(), weight.data().byteSize(), Long::sum);
    }

    void copied(long bytes) {
        copied += bytes;
    }

    /** Bytes of weights by the backend and codec they are computed with, such as {@code vector Q4_K}. */
    public Map<String, Long> bytesByKernel() {
        return Collections.unmodifiableMap(bytesByKernel);
    }

    /** Bytes of weights that are read for every token: all layers, but not the embedding. */
    public long bytesPerToken() {
        return bytesByKernel.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Bytes of weights that were copied out of the file because it has them in another order. */
    public long copied() {
        return copied;
    }
}

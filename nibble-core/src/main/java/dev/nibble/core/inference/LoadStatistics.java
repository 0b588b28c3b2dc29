package dev.nibble.core.inference;

import dev.nibble.core.tensor.Tensor;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/** Statistics of the weights of a loaded model. */
public final class LoadStatistics {
    private final Map<String, Long> bytesByKernel = new TreeMap<>();

    LoadStatistics() {}

    void prepared(String name, Tensor weight, String backend) {
        bytesByKernel.merge(backend + " " + weight.codec().name(), weight.data().byteSize(), Long::sum);
    }

    /** Bytes of weights by backend and codec, such as {@code vector Q4_K}. */
    public Map<String, Long> bytesByKernel() {
        return Collections.unmodifiableMap(bytesByKernel);
    }

    /** Bytes of weights read for every token: all layers, without the embedding. */
    public long bytesPerToken() {
        return bytesByKernel.values().stream().mapToLong(Long::longValue).sum();
    }
}

package dev.nibble.core.allocation;

import dev.nibble.core.tensor.Codec;
import java.util.Map;

/**
 * One choice of types for some tensors.
 *
 * @param types by the tensors' names
 * @param bytes size in the file
 * @param loss  mean KL divergence with only these tensors quantized, in nats per token
 */
record Candidate(Map<String, Codec> types, long bytes, double loss) {
    public Candidate {
        types = Map.copyOf(types);
    }
}

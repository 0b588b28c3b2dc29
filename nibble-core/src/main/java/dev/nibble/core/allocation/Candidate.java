package dev.nibble.core.allocation;

import dev.nibble.core.tensor.Codec;
import java.util.Map;

/**
 * One way to store some tensors.
 *
 * @param types by the tensors' names
 * @param bytes in the file
 * @param loss  mean KL of the model with only these tensors so, in nats per token
 */
public record Candidate(Map<String, Codec> types, long bytes, double loss) {
    public Candidate {
        types = Map.copyOf(types);
    }
}

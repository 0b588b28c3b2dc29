package dev.nibble.core.plan;

import dev.nibble.core.checkpoint.gguf.GgufMetadata;
import java.util.Collection;
import java.util.List;

/**
 * Facts about a model for the rules of file types.
 *
 * @param layers     number of blocks
 * @param groupSize  query heads per key and value head, in the first layer
 * @param experts    experts per layer; 0 for a dense model
 * @param tied       whether the embedding is also the output matrix
 * @param importance whether an importance matrix is used
 */
public record ModelFacts(String architecture, int layers, int groupSize, int experts, boolean tied, boolean importance) {
    public static ModelFacts of(GgufMetadata metadata, Collection<String> tensorNames, boolean importance) {
        String architecture = metadata.string("general.architecture").orElse("");
        long heads = number(metadata, architecture + ".attention.head_count", 1);
        long groups = number(metadata, architecture + ".attention.head_count_kv", heads);
        return new ModelFacts(architecture, (int) number(metadata, architecture + ".block_count", 0),
                groups > 0 ? (int) (heads / groups) : 0, (int) number(metadata, architecture + ".expert_count", 0),
                !tensorNames.contains("output.weight"), importance);
    }

    /** Whether it is Llama 2 or Qwen 70B, whose value matrices are an eighth of their query matrices. */
    boolean is70b() {
        return layers == 80 && (architecture.equals("qwen2") || architecture.equals("llama") && groupSize > 1);
    }

    boolean isFalcon() {
        return architecture.equals("falcon");
    }

    boolean hasEightExperts() {
        return experts == 8;
    }

    private static long number(GgufMetadata metadata, String key, long otherwise) {
        Object value = metadata.get(key).orElse(otherwise);
        Object first = value instanceof List<?> list && !list.isEmpty() ? list.getFirst() : value;
        return first instanceof Number number ? number.longValue() : otherwise;
    }
}

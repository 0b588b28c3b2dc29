package dev.nibble.core.conversion;

import dev.nibble.core.model.mapping.Architecture;
import dev.nibble.core.model.mapping.TensorName;
import dev.nibble.core.model.mapping.TensorRule;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The names under which programs save the tensors of a Hugging Face model: as the family has them, behind the prefixes of trainers, or
 * without the prefix of the model's head ({@code layers.0…} for {@code model.layers.0…}), as {@code AutoModel} saves them.
 */
final class TensorAliases {
    /** Prefixes of DistributedDataParallel, torch.compile, peft and Fully Sharded Data Parallel. */
    private static final List<String> WRAPPERS = List.of("module.", "_orig_mod.", "base_model.model.", "_fsdp_wrapped_module.");
    /** Scales of a KV cache in 8 bits, which this program does not have: {@code k_scale} and so on of an attention. */
    private static final List<String> CACHE_SCALES = List.of("attn.k_scale", "attn.v_scale", "attn.kv_scale", "attn.q_scale",
            "attn.prob_scale", "attn.k_zero_point", "attn.v_zero_point");

    private final Architecture architecture;
    private final Set<String> known;
    private final String prefix;

    TensorAliases(Architecture architecture, List<TensorRule> rules) {
        this.architecture = architecture;
        this.known = rules.stream().flatMap(rule -> rule.sources().stream()).collect(Collectors.toSet());
        String embedding = rules.stream().filter(rule -> rule.gguf().equals(TensorName.TOKEN_EMBEDDING)).findFirst()
                .map(rule -> rule.sources().getFirst()).orElse("");
        this.prefix = embedding.substring(0, embedding.indexOf('.') + 1);
    }

    /** The family's name of a stored tensor; empty if it is not converted. */
    Optional<String> canonical(String stored) {
        if (CACHE_SCALES.stream().anyMatch(stored::endsWith)) {
            return Optional.empty();
        }
        return architecture.canonicalName(unwrapped(stored)).map(name -> known.contains(name) || !known.contains(prefix + name)
                ? name
                : prefix + name);
    }

    private static String unwrapped(String name) {
        return WRAPPERS.stream().filter(name::startsWith).findFirst().map(wrapper -> unwrapped(name.substring(wrapper.length())))
                .orElse(name);
    }
}

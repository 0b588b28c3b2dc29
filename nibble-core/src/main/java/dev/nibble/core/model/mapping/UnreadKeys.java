package dev.nibble.core.model.mapping;

import dev.nibble.error.MalformedFileException;
import dev.nibble.error.UnsupportedException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The keys of a GGUF file under its architecture's prefix that a family did not ask for: without effect, or refused. */
public final class UnreadKeys {
    /** Keys that never change results for the families that do not read them. */
    private static final Set<String> WITHOUT_EFFECT = Set.of(
            "vocab_size", // the rows of the embedding count
            "tensor_data_layout", // order of rows, always the family's
            "rope.scaling.finetuned", // how the model was trained
            "rope.scaling.original_context_length", "rope.scaling.yarn_attn_factor", "rope.scaling.yarn_beta_fast",
            "rope.scaling.yarn_beta_slow", "rope.scaling.yarn_ext_factor", "rope.scaling.yarn_truncate", // of YaRN alone
            "attention.layer_norm_epsilon", "attention.layer_norm_rms_epsilon", // of the other kind of norm
            "pooling_type", // of embeddings, chosen by the caller
            "use_parallel_residual"); // its tensors say it in the families that do not read it

    /** Values that change nothing, as the writers of other families put them into every file. */
    private static final Map<String, Set<Object>> NEUTRAL = Map.ofEntries(Map.entry("attention.causal", Set.of(true)),
            Map.entry("attention.clamp_kqv", Set.of(0.0)), Map.entry("attention.max_alibi_bias", Set.of(0.0)),
            Map.entry("attention.scale", Set.of(0.0)), Map.entry("attention.sliding_window", Set.of(0.0)),
            Map.entry("attn_logit_softcapping", Set.of(0.0)), Map.entry("final_logit_softcapping", Set.of(0.0)),
            Map.entry("logit_scale", Set.of(0.0, 1.0)), Map.entry("residual_scale", Set.of(0.0, 1.0)),
            Map.entry("embedding_scale", Set.of(0.0, 1.0)), Map.entry("expert_weights_scale", Set.of(0.0, 1.0)),
            Map.entry("expert_weights_norm", Set.of(true)), Map.entry("expert_gating_func", Set.of(0.0, 1.0)), // softmax
            Map.entry("expert_count", Set.of(0.0)), Map.entry("expert_used_count", Set.of(0.0)),
            Map.entry("expert_shared_count", Set.of(0.0)), Map.entry("expert_group_count", Set.of(0.0, 1.0)),
            Map.entry("expert_group_used_count", Set.of(0.0, 1.0)), Map.entry("leading_dense_block_count", Set.of(0.0)),
            Map.entry("interleave_moe_layer_step", Set.of(0.0, 1.0)), Map.entry("nextn_predict_layers", Set.of(0.0)),
            Map.entry("rope.scaling.yarn_log_multiplier", Set.of(0.0)),
            Map.entry("position_offset", Set.of(2.0)));

    /** Keys that change nothing if they say what follows from others. */
    private static final Map<String, Function<GgufHyperparameters, Object>> SAME_AS = Map.of("rope.dimension_count", UnreadKeys::headSize,
            "attention.value_length", UnreadKeys::headSize, "attention.key_length", UnreadKeys::headSize, "attention.head_count_kv",
            facts -> number(facts, "attention.head_count"), "expert_feed_forward_length", facts -> number(facts, "feed_forward_length"));

    private UnreadKeys() {}

    private static long number(GgufHyperparameters facts, String key) {
        return facts.metadata().integer(facts.prefix() + "." + key).orElse(0L);
    }

    private static long headSize(GgufHyperparameters facts) {
        long own = facts.read().contains("attention.key_length") ? number(facts, "attention.key_length") : 0;
        return own > 0 ? own : number(facts, "embedding_length") / Math.max(1, number(facts, "attention.head_count"));
    }

    /** The keys that nothing asked for and that may change results, without the prefix. */
    public static List<String> of(GgufHyperparameters facts) {
        String prefix = facts.prefix() + ".";
        return facts.metadata().values().keySet().stream().filter(key -> key.startsWith(prefix)).map(key -> key.substring(prefix.length()))
                .filter(key -> !facts.read().contains(key) && !WITHOUT_EFFECT.contains(key) && !isNeutral(facts, key)).toList();
    }

    private static boolean isNeutral(GgufHyperparameters facts, String key) {
        Object value = facts.metadata().get(facts.prefix() + "." + key).orElseThrow();
        if (SAME_AS.containsKey(key)) {
            return value.equals(SAME_AS.get(key).apply(facts));
        }
        return NEUTRAL.getOrDefault(key, Set.of()).contains(value instanceof Number number ? number.doubleValue() : value);
    }

    /** @throws UnsupportedException if there are such keys */
    public static void refuse(GgufHyperparameters facts) {
        List<String> keys = of(facts);
        if (!keys.isEmpty()) {
            throw new UnsupportedException(facts.file() + ": Nibble does not compute with these keys, so results would be wrong: "
                    + keys.stream().map(key -> described(facts, key)).collect(Collectors.joining(", ")));
        }
    }

    private static String described(GgufHyperparameters facts, String key) {
        String full = facts.prefix() + "." + key;
        return MalformedFileException.printable(full + " = " + facts.metadata().get(full).orElseThrow());
    }
}

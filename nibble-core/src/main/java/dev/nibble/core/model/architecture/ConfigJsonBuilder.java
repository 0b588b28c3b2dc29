package dev.nibble.core.model.architecture;

import dev.nibble.core.model.mapping.Config;
import dev.nibble.core.model.mapping.GgufHyperparameters;
import dev.nibble.core.model.mapping.TensorName;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** Builder of config.json from a GGUF file, key by key. */
final class ConfigJsonBuilder {
    private final Map<String, Object> values = new LinkedHashMap<>();
    private final GgufHyperparameters facts;

    ConfigJsonBuilder(GgufHyperparameters facts, String modelType, String className) {
        this.facts = facts;
        values.put("architectures", List.of(className));
        values.put("model_type", modelType);
        values.put("vocab_size", facts.vocabulary());
        values.put("tie_word_embeddings", !facts.has(TensorName.OUTPUT));
    }

    Map<String, Object> values() {
        return values;
    }

    ConfigJsonBuilder put(String key, Object value) {
        values.put(key, value);
        return this;
    }

    /** Adds the sizes under Llama's names, which most families share. */
    ConfigJsonBuilder sizes() {
        whole("hidden_size", "embedding_length", Config.MAX_WIDTH).whole("intermediate_size", "feed_forward_length", Config.MAX_WIDTH * 4)
                .whole("num_hidden_layers", "block_count", Config.MAX_LAYERS)
                .whole("num_attention_heads", "attention.head_count", Config.MAX_WIDTH);
        return whole("max_position_embeddings", "context_length", Config.MAX_CONTEXT);
    }

    /** Adds sizes, key heads, head size and RMS epsilon. */
    ConfigJsonBuilder groupedSizes() {
        sizes();
        put("num_key_value_heads",
                facts.optionalWhole("attention.head_count_kv", 1, Config.MAX_WIDTH)
                        .orElseGet(() -> (Long) values.get("num_attention_heads")));
        facts.optionalWhole("attention.key_length", 1, Config.MAX_WIDTH).ifPresent(size -> put("head_dim", size));
        return this;
    }

    ConfigJsonBuilder rmsEpsilon() {
        return put("rms_norm_eps", facts.real("attention.layer_norm_rms_epsilon", 0, 1));
    }

    ConfigJsonBuilder normEpsilon(String key) {
        return put(key, facts.real("attention.layer_norm_epsilon", 0, 1));
    }

    ConfigJsonBuilder whole(String key, String gguf, long max) {
        return put(key, facts.whole(gguf, 1, max));
    }

    /** Adds an optional number. */
    ConfigJsonBuilder optionalReal(String key, String gguf, double max) {
        OptionalDouble value = facts.optionalReal(gguf, 0, max);
        return value.isPresent() ? put(key, value.getAsDouble()) : this;
    }

    ConfigJsonBuilder optionalWhole(String key, String gguf) {
        facts.optionalWhole(gguf, 1, Config.MAX_CONTEXT).ifPresent(value -> put(key, value));
        return this;
    }

    /** Adds the activation: the family's, unless the file names another. */
    ConfigJsonBuilder activation(String key, String assumed) {
        return put(key, facts.text("activation_function").orElse(assumed));
    }
}

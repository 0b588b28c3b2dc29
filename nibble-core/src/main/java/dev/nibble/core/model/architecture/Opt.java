package dev.nibble.core.model.architecture;

import dev.nibble.core.checkpoint.gguf.GgufMetadata;
import dev.nibble.core.model.DecoderLayer;
import dev.nibble.core.model.Model;
import dev.nibble.core.model.Weights;
import dev.nibble.core.model.mapping.Config;
import dev.nibble.core.model.mapping.Dimensions;
import dev.nibble.core.model.mapping.GgufHyperparameters;
import dev.nibble.core.model.mapping.SharedInputGroup;
import dev.nibble.core.model.mapping.TensorRule;
import dev.nibble.error.UnsupportedException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * OPT: learned positions that start at row 2 of their table, ReLU, biases everywhere. llama.cpp does not support it; the name and the keys
 * are Nibble's own, {@code opt.position_offset} is the row of position 0 in {@code position_embd.weight}.
 */
final class Opt implements Family {
    private static final int POSITION_OFFSET = 2;
    private static final String ACTIVATION = "relu";
    private static final double EPSILON = 1e-5; // not in config.json

    @Override
    public List<String> modelTypes() {
        return List.of("opt");
    }

    @Override
    public String ggufName() {
        return "opt";
    }

    @Override
    public Optional<String> canonicalName(String name) {
        return Optional.of(name.startsWith("decoder.") ? "model." + name : name);
    }

    @Override
    public List<TensorRule> tensors(Config config) {
        Dimensions d = Dimensions.of(config);
        boolean bias = config.flag("enable_bias", true);
        TensorRules rules = new TensorRules();
        rules.same("token_embd.weight", "model.decoder.embed_tokens.weight", d.vocabulary(), d.hidden());
        rules.same("position_embd.weight", "model.decoder.embed_positions.weight", (long) d.context() + POSITION_OFFSET, d.hidden());
        rules.layerNorm("output_norm", "model.decoder.final_layer_norm", d.hidden());
        rules.optional("output.weight", "lm_head.weight", d.vocabulary(), d.hidden());
        for (int i = 0; i < d.layers(); i++) {
            TensorRules block = rules.block(i, "model.decoder.layers.");
            block.layerNorm("attn_norm", "self_attn_layer_norm", d.hidden());
            block.linear("attn_q", "self_attn.q_proj", bias, d.hidden(), d.hidden());
            block.linear("attn_k", "self_attn.k_proj", bias, d.hidden(), d.hidden());
            block.linear("attn_v", "self_attn.v_proj", bias, d.hidden(), d.hidden());
            block.linear("attn_output", "self_attn.out_proj", bias, d.hidden(), d.hidden());
            block.layerNorm("ffn_norm", "final_layer_norm", d.hidden());
            block.linear("ffn_up", "fc1", bias, d.feedForward(), d.hidden());
            block.linear("ffn_down", "fc2", bias, d.hidden(), d.feedForward());
        }
        return rules.list();
    }

    @Override
    public void writeMetadata(Config config, GgufMetadata metadata, Consumer<String> warnings) {
        Dimensions d = Dimensions.of(config);
        int projection = config.optionalWhole(1, Config.MAX_WIDTH, "word_embed_proj_dim").orElse(d.hidden());
        if (projection != d.hidden() || !config.flag("do_layer_norm_before", true) || config.flag("_remove_final_layer_norm", false)) {
            throw new UnsupportedException(config.file() + ": OPT with norms after the parts or a projected embedding (opt-350m) is not"
                    + " supported; every other size is");
        }
        warnings.accept("llama.cpp has no architecture opt: only Nibble reads this file");
        new MetadataWriter(ggufName(), metadata).sizes(d, false).normEpsilon(EPSILON, warnings).whole("position_offset", POSITION_OFFSET)
                .text("activation_function", config.text("activation_function", ACTIVATION));
    }

    @Override
    public Map<String, Object> config(GgufHyperparameters facts, Consumer<String> warnings) {
        return new ConfigJsonBuilder(facts, "opt", "OPTForCausalLM").whole("hidden_size", "embedding_length", Config.MAX_WIDTH)
                .whole("word_embed_proj_dim", "embedding_length", Config.MAX_WIDTH)
                .whole("ffn_dim", "feed_forward_length", Config.MAX_WIDTH * 4).whole("num_hidden_layers", "block_count", Config.MAX_LAYERS)
                .whole("num_attention_heads", "attention.head_count", Config.MAX_WIDTH)
                .whole("max_position_embeddings", "context_length", Config.MAX_CONTEXT)
                .put("enable_bias", facts.has("blk.0.attn_q.bias")).put("do_layer_norm_before", true)
                .activation("activation_function", ACTIVATION).values();
    }

    @Override
    public List<SharedInputGroup> inputGroups(GgufHyperparameters facts) {
        boolean relu = facts.text("activation_function").orElse(ACTIVATION).equals(ACTIVATION);
        return SharedInputGroup.standard(facts, "attn_norm", "ffn_norm",
                relu ? SharedInputGroup.FeedForwardForm.RELU : SharedInputGroup.FeedForwardForm.NON_HOMOGENEOUS);
    }

    @Override
    public Model build(GgufHyperparameters facts, Weights weights) {
        Parts parts = new Parts(facts, weights);
        int offset = facts.optionalWhole("position_offset", 0, Config.MAX_CONTEXT).orElse((long) POSITION_OFFSET).intValue();
        return parts.positioned(parts.layerNorm(weights, "output_norm"), offset, i -> {
            Weights layer = parts.layer(i);
            return new DecoderLayer.Sequential(parts.layerNorm(layer, "attn_norm"),
                    parts.attention(layer, parts.geometry(), Optional.empty()), parts.layerNorm(layer, "ffn_norm"),
                    parts.mlp(layer, ACTIVATION));
        });
    }
}

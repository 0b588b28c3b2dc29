package dev.nibble.core.model.architecture;

import dev.nibble.core.checkpoint.gguf.GgufMetadata;
import dev.nibble.core.model.DecoderLayer;
import dev.nibble.core.model.Model;
import dev.nibble.core.model.Weights;
import dev.nibble.core.model.mapping.Config;
import dev.nibble.core.model.mapping.Dimensions;
import dev.nibble.core.model.mapping.GgufHyperparameters;
import dev.nibble.core.model.mapping.TensorRule;
import dev.nibble.error.UnsupportedException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** GPT-2: learned positions, fused queries, keys and values, and weights stored as [inputs, outputs]. */
final class Gpt2 implements Family {
    private static final String ACTIVATION = "gelu_new";

    @Override
    public List<String> modelTypes() {
        return List.of("gpt2");
    }

    @Override
    public String ggufName() {
        return "gpt2";
    }

    @Override
    public Optional<String> canonicalName(String name) {
        if (name.endsWith(".attn.bias") || name.endsWith(".attn.masked_bias")) {
            return Optional.empty();
        }
        // files of the first release lack the prefix
        return Optional.of(name.startsWith("h.") || name.startsWith("wte.") || name.startsWith("wpe.") || name.startsWith("ln_f.")
                ? "transformer." + name
                : name);
    }

    @Override
    public List<TensorRule> tensors(Config config) {
        Dimensions d = Dimensions.of(config);
        TensorRules rules = new TensorRules();
        rules.same("token_embd.weight", "transformer.wte.weight", d.vocabulary(), d.hidden());
        rules.same("position_embd.weight", "transformer.wpe.weight", d.context(), d.hidden());
        rules.layerNorm("output_norm", "transformer.ln_f", d.hidden());
        rules.optional("output.weight", "lm_head.weight", d.vocabulary(), d.hidden());
        for (int i = 0; i < d.layers(); i++) {
            TensorRules block = rules.block(i, "transformer.h.");
            block.layerNorm("attn_norm", "ln_1", d.hidden());
            block.transposed("attn_qkv", "attn.c_attn", 3L * d.hidden(), d.hidden());
            block.transposed("attn_output", "attn.c_proj", d.hidden(), d.hidden());
            block.layerNorm("ffn_norm", "ln_2", d.hidden());
            block.transposed("ffn_up", "mlp.c_fc", d.feedForward(), d.hidden());
            block.transposed("ffn_down", "mlp.c_proj", d.hidden(), d.feedForward());
        }
        return rules.list();
    }

    @Override
    public void writeMetadata(Config config, GgufMetadata metadata, Consumer<String> warnings) {
        if (!config.flag("scale_attn_weights", true) || config.flag("scale_attn_by_inverse_layer_idx", false)) {
            throw new UnsupportedException(
                    config.file() + ": scale_attn_weights false and scale_attn_by_inverse_layer_idx true have no place"
                            + " in GGUF; readers divide by the root of the head's size");
        }
        new MetadataWriter(ggufName(), metadata).sizes(Dimensions.of(config), false)
                .normEpsilon(config.epsilon("layer_norm_epsilon"), warnings)
                .activation(config, "activation_function", ACTIVATION, warnings);
    }

    @Override
    public Map<String, Object> config(GgufHyperparameters facts, Consumer<String> warnings) {
        return new ConfigJsonBuilder(facts, "gpt2", "GPT2LMHeadModel").whole("n_embd", "embedding_length", Config.MAX_WIDTH)
                .whole("n_inner", "feed_forward_length", Config.MAX_WIDTH * 4).whole("n_layer", "block_count", Config.MAX_LAYERS)
                .whole("n_head", "attention.head_count", Config.MAX_WIDTH).whole("n_positions", "context_length", Config.MAX_CONTEXT)
                .whole("n_ctx", "context_length", Config.MAX_CONTEXT).normEpsilon("layer_norm_epsilon")
                .activation("activation_function", ACTIVATION).values();
    }

    @Override
    public Model build(GgufHyperparameters facts, Weights weights) {
        Parts parts = new Parts(facts, weights);
        return parts.positioned(parts.layerNorm(weights, "output_norm"), 0, i -> {
            Weights layer = parts.layer(i);
            return new DecoderLayer.Sequential(parts.layerNorm(layer, "attn_norm"),
                    parts.attention(layer, parts.geometry(), Optional.empty()), parts.layerNorm(layer, "ffn_norm"),
                    parts.mlp(layer, ACTIVATION));
        });
    }
}

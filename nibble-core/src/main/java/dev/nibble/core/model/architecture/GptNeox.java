package dev.nibble.core.model.architecture;

import dev.nibble.core.checkpoint.gguf.GgufMetadata;
import dev.nibble.core.model.Attention;
import dev.nibble.core.model.DecoderLayer;
import dev.nibble.core.model.FeedForward;
import dev.nibble.core.model.Model;
import dev.nibble.core.model.Norm;
import dev.nibble.core.model.RopeVariants;
import dev.nibble.core.model.Weights;
import dev.nibble.core.model.mapping.Config;
import dev.nibble.core.model.mapping.Dimensions;
import dev.nibble.core.model.mapping.GgufHyperparameters;
import dev.nibble.core.model.mapping.RowOrder;
import dev.nibble.core.model.mapping.TensorRule;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** GPT-NeoX and Pythia. The fused projection is stored head by head (query, key, value), in GGUF as all queries, all keys, all values. */
final class GptNeox implements Family {
    private static final double DEFAULT_BASE = 10_000;
    private static final double DEFAULT_ROTATED = 0.25;

    @Override
    public List<String> modelTypes() {
        return List.of("gpt_neox");
    }

    @Override
    public String ggufName() {
        return "gptneox";
    }

    @Override
    public Optional<String> canonicalName(String name) {
        return name.endsWith(".attention.bias") || name.endsWith(".attention.masked_bias") || name.endsWith(".rotary_emb.inv_freq")
                ? Optional.empty()
                : Optional.of(name);
    }

    @Override
    public List<TensorRule> tensors(Config config) {
        Dimensions d = Dimensions.of(config);
        boolean bias = config.flag("attention_bias", true);
        RowOrder order = RowOrder.ungrouped(d.heads(), 1, d.headSize());
        TensorRules rules = new TensorRules();
        rules.same("token_embd.weight", "gpt_neox.embed_in.weight", d.vocabulary(), d.hidden());
        rules.layerNorm("output_norm", "gpt_neox.final_layer_norm", d.hidden());
        rules.optional("output.weight", "embed_out.weight", d.vocabulary(), d.hidden());
        for (int i = 0; i < d.layers(); i++) {
            TensorRules block = rules.block(i, "gpt_neox.layers.");
            block.layerNorm("attn_norm", "input_layernorm", d.hidden());
            block.reordered("attn_qkv", "attention.query_key_value", order, bias, 3L * d.hidden(), d.hidden());
            block.linear("attn_output", "attention.dense", bias, d.hidden(), d.hidden());
            block.layerNorm("ffn_norm", "post_attention_layernorm", d.hidden());
            block.linear("ffn_up", "mlp.dense_h_to_4h", true, d.feedForward(), d.hidden());
            block.linear("ffn_down", "mlp.dense_4h_to_h", true, d.hidden(), d.feedForward());
        }
        return rules.list();
    }

    @Override
    public void writeMetadata(Config config, GgufMetadata metadata, Consumer<String> warnings) {
        Dimensions d = Dimensions.of(config);
        double rotated = ConfigRope.part(config, DEFAULT_ROTATED, "rotary_pct", "partial_rotary_factor");
        MetadataWriter keys = new MetadataWriter(ggufName(), metadata);
        keys.sizes(d, false).whole("rope.dimension_count", (long) (rotated * d.headSize()))
                .flag("use_parallel_residual", config.flag("use_parallel_residual", true))
                .normEpsilon(config.epsilon("layer_norm_eps"), warnings).activation(config, "hidden_act", "gelu", warnings);
        ConfigRope.of(config, DEFAULT_BASE).writeMetadata(config, keys, warnings);
    }

    @Override
    public Map<String, Object> config(GgufHyperparameters facts, Consumer<String> warnings) {
        ConfigJsonBuilder config = new ConfigJsonBuilder(facts, "gpt_neox", "GPTNeoXForCausalLM").sizes().normEpsilon("layer_norm_eps")
                .put("use_parallel_residual", facts.flag("use_parallel_residual", true))
                .put("attention_bias", facts.has("blk.0.attn_qkv.bias")).activation("hidden_act", "gelu");
        double headSize = (double) facts.whole("embedding_length", 1, Config.MAX_WIDTH)
                / facts.whole("attention.head_count", 1, Config.MAX_WIDTH);
        config.put("rotary_pct", facts.whole("rope.dimension_count", 1, (long) headSize) / headSize);
        ConfigRope.restore(facts, config, DEFAULT_BASE, warnings);
        return config.values();
    }

    @Override
    public Model build(GgufHyperparameters facts, Weights weights) {
        Parts parts = new Parts(facts, weights);
        Optional<RopeVariants> positions = new GgufRope(parts, false, DEFAULT_BASE).positions();
        boolean parallel = facts.flag("use_parallel_residual", true);
        return parts.decoder(parts.layerNorm(weights, "output_norm"), i -> {
            Weights layer = parts.layer(i);
            Norm attentionNorm = parts.layerNorm(layer, "attn_norm");
            Norm feedForwardNorm = parts.layerNorm(layer, "ffn_norm");
            Attention attention = parts.attention(layer, parts.geometry(), positions);
            FeedForward feedForward = parts.mlp(layer, "gelu");
            return parallel
                    ? new DecoderLayer.Parallel(attentionNorm, attention, Optional.of(feedForwardNorm), feedForward)
                    : new DecoderLayer.Sequential(attentionNorm, attention, feedForwardNorm, feedForward);
        });
    }
}

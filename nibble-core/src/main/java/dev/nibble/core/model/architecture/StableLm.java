package dev.nibble.core.model.architecture;

import dev.nibble.core.checkpoint.GgufMetadata;
import dev.nibble.core.model.Architecture;
import dev.nibble.core.model.Config;
import dev.nibble.core.model.Dimensions;
import dev.nibble.core.model.GgufFacts;
import dev.nibble.core.model.TensorRule;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * StableLM 3B, 2 1.6B and 2 12B: Llama with LayerNorm and partly rotated heads; 12B computes attention and feed-forward side by side and
 * normalises every head by a vector of its own, stacked in GGUF.
 */
final class StableLm implements Architecture {
    private static final double USUAL_BASE = 10_000;
    private static final double USUAL_ROTATED = 0.25;

    @Override
    public List<String> modelTypes() {
        return List.of("stablelm", "stablelm_epoch");
    }

    @Override
    public String ggufName() {
        return "stablelm";
    }

    @Override
    public List<TensorRule> tensors(Config config) {
        Dimensions d = Dimensions.of(config);
        boolean bias = config.flag("use_qkv_bias", false);
        TensorRules rules = new TensorRules();
        rules.same("token_embd.weight", "model.embed_tokens.weight", d.vocabulary(), d.hidden());
        rules.layerNorm("output_norm", "model.norm", d.hidden());
        rules.optional("output.weight", "lm_head.weight", d.vocabulary(), d.hidden());
        for (int i = 0; i < d.layers(); i++) {
            TensorRules block = rules.block(i, "model.layers.");
            block.layerNorm("attn_norm", "input_layernorm", d.hidden());
            block.linear("attn_q", "self_attn.q_proj", bias, d.queries(), d.hidden());
            block.linear("attn_k", "self_attn.k_proj", bias, d.keys(), d.hidden());
            block.linear("attn_v", "self_attn.v_proj", bias, d.keys(), d.hidden());
            block.linear("attn_output", "self_attn.o_proj", false, d.hidden(), d.queries());
            if (config.flag("qk_layernorm", false)) {
                block.stacked("attn_q_norm.weight", "self_attn.q_layernorm.norms.%d.weight", d.heads(), d.headSize());
                block.stacked("attn_k_norm.weight", "self_attn.k_layernorm.norms.%d.weight", d.keyHeads(), d.headSize());
            }
            if (!config.flag("use_parallel_residual", false)) {
                block.layerNorm("ffn_norm", "post_attention_layernorm", d.hidden());
            }
            block.linear("ffn_gate", "mlp.gate_proj", false, d.feedForward(), d.hidden());
            block.linear("ffn_up", "mlp.up_proj", false, d.feedForward(), d.hidden());
            block.linear("ffn_down", "mlp.down_proj", false, d.hidden(), d.feedForward());
        }
        return rules.list();
    }

    @Override
    public void describe(Config config, GgufMetadata metadata, Consumer<String> warnings) {
        Dimensions d = Dimensions.of(config);
        double rotated = config.optionalReal(0, 1, "partial_rotary_factor", "rope_pct").orElse(USUAL_ROTATED);
        HyperParameters keys = new HyperParameters(ggufName(), metadata);
        keys.sizes(d, true).whole("rope.dimension_count", (long) (rotated * d.headSize()))
                .flag("use_parallel_residual", config.flag("use_parallel_residual", false))
                .normEpsilon(config.epsilon("layer_norm_eps", "norm_eps"), warnings).activation(config, "hidden_act", "silu", warnings);
        Rope.of(config, USUAL_BASE).describe(keys, warnings);
    }

    @Override
    public Map<String, Object> config(GgufFacts facts, Consumer<String> warnings) {
        RestoredConfig config = new RestoredConfig(facts, "stablelm", "StableLmForCausalLM").groupedSizes().normEpsilon("layer_norm_eps")
                .activation("hidden_act", "silu").put("use_qkv_bias", facts.has("blk.0.attn_q.bias"))
                .put("qk_layernorm", facts.has("blk.0.attn_q_norm.weight"))
                .put("use_parallel_residual", !facts.has("blk.0.ffn_norm.weight"));
        double headSize = (double) facts.whole("embedding_length", 1, Config.MAX_WIDTH)
                / facts.whole("attention.head_count", 1, Config.MAX_WIDTH);
        config.put("partial_rotary_factor", facts.whole("rope.dimension_count", 1, (long) headSize) / headSize);
        Rope.restore(facts, config, USUAL_BASE, warnings);
        return config.values();
    }
}

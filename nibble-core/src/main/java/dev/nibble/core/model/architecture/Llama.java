package dev.nibble.core.model.architecture;

import dev.nibble.core.checkpoint.GgufMetadata;
import dev.nibble.core.model.Architecture;
import dev.nibble.core.model.Config;
import dev.nibble.core.model.DecoderLayer;
import dev.nibble.core.model.Dimensions;
import dev.nibble.core.model.GgufFacts;
import dev.nibble.core.model.Model;
import dev.nibble.core.model.Positions;
import dev.nibble.core.model.RowOrder;
import dev.nibble.core.model.TensorRule;
import dev.nibble.core.model.Weights;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Llama 2, 3, 3.1 and the many models of that form. GGUF has the rows of queries and keys in the order of the original Llama, where
 * neighbours turn together, and Llama 3.1's scaling of positions as a tensor of factors.
 */
final class Llama implements Architecture {
    private static final double USUAL_BASE = 10_000;

    @Override
    public List<String> modelTypes() {
        return List.of("llama");
    }

    @Override
    public String ggufName() {
        return "llama";
    }

    @Override
    public boolean recognizes(GgufFacts facts) {
        return facts.optionalWhole("attention.sliding_window", 0, Config.MAX_CONTEXT).orElse(0L) == 0 && !Experts.isMixture(facts);
    }

    @Override
    public List<TensorRule> tensors(Config config) {
        Dimensions d = Dimensions.of(config).rotated(config);
        boolean attentionBias = config.flag("attention_bias", false);
        boolean mlpBias = config.flag("mlp_bias", false);
        RowOrder order = RowOrder.neighbours(d.headSize());
        TensorRules rules = new TensorRules();
        Rope.of(config, USUAL_BASE).addFactors(rules, d.headSize());
        rules.same("token_embd.weight", "model.embed_tokens.weight", d.vocabulary(), d.hidden());
        rules.same("output_norm.weight", "model.norm.weight", d.hidden());
        rules.optional("output.weight", "lm_head.weight", d.vocabulary(), d.hidden());
        for (int i = 0; i < d.layers(); i++) {
            TensorRules block = rules.block(i, "model.layers.");
            block.same("attn_norm.weight", "input_layernorm.weight", d.hidden());
            block.reordered("attn_q", "self_attn.q_proj", order, attentionBias, d.queries(), d.hidden());
            block.reordered("attn_k", "self_attn.k_proj", order, attentionBias, d.keys(), d.hidden());
            block.linear("attn_v", "self_attn.v_proj", attentionBias, d.keys(), d.hidden());
            block.linear("attn_output", "self_attn.o_proj", attentionBias, d.hidden(), d.queries());
            block.same("ffn_norm.weight", "post_attention_layernorm.weight", d.hidden());
            block.linear("ffn_gate", "mlp.gate_proj", mlpBias, d.feedForward(), d.hidden());
            block.linear("ffn_up", "mlp.up_proj", mlpBias, d.feedForward(), d.hidden());
            block.linear("ffn_down", "mlp.down_proj", mlpBias, d.hidden(), d.feedForward());
        }
        return rules.list();
    }

    @Override
    public void describe(Config config, GgufMetadata metadata, Consumer<String> warnings) {
        Dimensions d = Dimensions.of(config);
        HyperParameters keys = new HyperParameters(ggufName(), metadata);
        keys.sizes(d, true);
        Rope.of(config, USUAL_BASE).describe(config, keys, warnings, "llama3");
        keys.rmsEpsilon(config.epsilon("rms_norm_eps"), warnings).headSize(config, d).whole("vocab_size", d.vocabulary())
                .whole("rope.dimension_count", d.headSize()).activation(config, "hidden_act", "silu", warnings);
    }

    @Override
    public Map<String, Object> config(GgufFacts facts, Consumer<String> warnings) {
        RestoredConfig config = new RestoredConfig(facts, "llama", "LlamaForCausalLM").groupedSizes().rmsEpsilon()
                .activation("hidden_act", "silu").put("attention_bias", facts.has("blk.0.attn_q.bias"))
                .put("mlp_bias", facts.has("blk.0.ffn_up.bias"));
        Rope.restore(facts, config, USUAL_BASE, warnings);
        return config.values();
    }

    @Override
    public Model build(GgufFacts facts, Weights weights) {
        Parts parts = new Parts(facts, weights);
        Optional<Positions> positions = new Rotation(parts, true, USUAL_BASE).positions();
        return parts.decoder(parts.rmsNorm(weights, "output_norm"), i -> {
            Weights layer = parts.layer(i);
            return new DecoderLayer.Sequential(parts.rmsNorm(layer, "attn_norm"),
                    parts.attention(layer, parts.geometry(), positions), parts.rmsNorm(layer, "ffn_norm"),
                    parts.gatedMlp(layer, "silu"));
        });
    }
}

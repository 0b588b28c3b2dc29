package dev.nibble.core.model.architecture;

import dev.nibble.core.checkpoint.GgufMetadata;
import dev.nibble.core.model.Architecture;
import dev.nibble.core.model.Config;
import dev.nibble.core.model.DecoderLayer;
import dev.nibble.core.model.Dimensions;
import dev.nibble.core.model.GgufFacts;
import dev.nibble.core.model.Model;
import dev.nibble.core.model.Norm;
import dev.nibble.core.model.Positions;
import dev.nibble.core.model.TensorRule;
import dev.nibble.core.model.Weights;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Qwen 3, dense: Llama with queries and keys normalised per head and a head size of its own. */
final class Qwen3 implements Architecture {
    private static final double USUAL_BASE = 10_000;
    private static final int USUAL_HEAD_SIZE = 128;

    @Override
    public List<String> modelTypes() {
        return List.of("qwen3");
    }

    @Override
    public String ggufName() {
        return "qwen3";
    }

    @Override
    public Config language(Config config) {
        return config.withDefaults(Map.of("head_dim", USUAL_HEAD_SIZE));
    }

    @Override
    public List<TensorRule> tensors(Config config) {
        Dimensions d = Dimensions.of(config).rotated(config);
        boolean bias = config.flag("attention_bias", false);
        TensorRules rules = new TensorRules();
        rules.same("token_embd.weight", "model.embed_tokens.weight", d.vocabulary(), d.hidden());
        rules.same("output_norm.weight", "model.norm.weight", d.hidden());
        rules.optional("output.weight", "lm_head.weight", d.vocabulary(), d.hidden());
        for (int i = 0; i < d.layers(); i++) {
            TensorRules block = rules.block(i, "model.layers.");
            block.same("attn_norm.weight", "input_layernorm.weight", d.hidden());
            block.linear("attn_q", "self_attn.q_proj", bias, d.queries(), d.hidden());
            block.same("attn_q_norm.weight", "self_attn.q_norm.weight", d.headSize());
            block.linear("attn_k", "self_attn.k_proj", bias, d.keys(), d.hidden());
            block.same("attn_k_norm.weight", "self_attn.k_norm.weight", d.headSize());
            block.linear("attn_v", "self_attn.v_proj", bias, d.keys(), d.hidden());
            block.linear("attn_output", "self_attn.o_proj", bias, d.hidden(), d.queries());
            block.same("ffn_norm.weight", "post_attention_layernorm.weight", d.hidden());
            block.linear("ffn_gate", "mlp.gate_proj", false, d.feedForward(), d.hidden());
            block.linear("ffn_up", "mlp.up_proj", false, d.feedForward(), d.hidden());
            block.linear("ffn_down", "mlp.down_proj", false, d.hidden(), d.feedForward());
        }
        return rules.list();
    }

    @Override
    public void describe(Config config, GgufMetadata metadata, Consumer<String> warnings) {
        Dimensions d = Dimensions.of(config);
        HyperParameters keys = new HyperParameters(ggufName(), metadata);
        keys.sizes(d, true);
        Rope.of(config, USUAL_BASE).describe(config, keys, warnings);
        keys.rmsEpsilon(config.epsilon("rms_norm_eps"), warnings).headSize(d).activation(config, "hidden_act", "silu", warnings);
        Windows.qwen(config, d.layers()).describeQwen(keys, warnings);
    }

    @Override
    public Map<String, Object> config(GgufFacts facts, Consumer<String> warnings) {
        RestoredConfig config = new RestoredConfig(facts, "qwen3", "Qwen3ForCausalLM").groupedSizes().rmsEpsilon()
                .activation("hidden_act", "silu").put("attention_bias", facts.has("blk.0.attn_q.bias"));
        Windows.restoreQwen(facts, config);
        Rope.restore(facts, config, USUAL_BASE, warnings);
        return config.values();
    }

    @Override
    public Model build(GgufFacts facts, Weights weights) {
        Parts parts = new Parts(facts, weights);
        int headSize = parts.dimensions().headSize();
        Optional<Positions> positions = new Rotation(parts, false, USUAL_BASE).positions();
        Windows windows = parts.windows();
        return parts.decoder(parts.rmsNorm(weights, "output_norm"), i -> {
            Weights layer = parts.layer(i);
            List<Norm> queryNorms = List.of(parts.rmsNorm(layer, "attn_q_norm", headSize));
            List<Norm> keyNorms = List.of(parts.rmsNorm(layer, "attn_k_norm", headSize));
            return new DecoderLayer.Sequential(parts.rmsNorm(layer, "attn_norm"),
                    parts.attention(layer, windows.of(parts.geometry(), i), queryNorms, keyNorms, positions),
                    parts.rmsNorm(layer, "ffn_norm"),
                    parts.gatedMlp(layer, "silu"));
        });
    }
}

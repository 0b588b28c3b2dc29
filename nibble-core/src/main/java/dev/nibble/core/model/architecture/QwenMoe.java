package dev.nibble.core.model.architecture;

import dev.nibble.core.UnsupportedException;
import dev.nibble.core.checkpoint.GgufMetadata;
import dev.nibble.core.model.Architecture;
import dev.nibble.core.model.Config;
import dev.nibble.core.model.DecoderLayer;
import dev.nibble.core.model.Dimensions;
import dev.nibble.core.model.GgufFacts;
import dev.nibble.core.model.MixtureOfExperts;
import dev.nibble.core.model.Model;
import dev.nibble.core.model.Norm;
import dev.nibble.core.model.Positions;
import dev.nibble.core.model.TensorRule;
import dev.nibble.core.model.Weights;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Qwen with mixtures of experts: 1.5 and 2 have an expert that every token takes and biases on queries, keys and values, 3 has norms on
 * the heads of queries and keys instead.
 */
enum QwenMoe implements Architecture {
    QWEN2("qwen2_moe", "qwen2moe", "Qwen2MoeForCausalLM", false), QWEN3("qwen3_moe", "qwen3moe", "Qwen3MoeForCausalLM", true);

    private static final double USUAL_BASE = 10_000;
    private static final String EXPERT_WIDTH = "expert_feed_forward_length";
    private static final String SHARED_WIDTH = "expert_shared_feed_forward_length";
    private static final String NORMALISED = "expert_weights_norm";

    private final String modelType;
    private final String ggufName;
    private final String className;
    private final boolean third;

    QwenMoe(String modelType, String ggufName, String className, boolean third) {
        this.modelType = modelType;
        this.ggufName = ggufName;
        this.className = className;
        this.third = third;
    }

    @Override
    public List<String> modelTypes() {
        return List.of(modelType);
    }

    @Override
    public String ggufName() {
        return ggufName;
    }

    private boolean bias(Config config) {
        return third ? config.flag("attention_bias", false) : config.flag("qkv_bias", true);
    }

    private static int expertWidth(Config config) {
        return config.count(Config.MAX_WIDTH, "moe_intermediate_size");
    }

    private static int sharedWidth(Config config) {
        return config.count(Config.MAX_WIDTH, "shared_expert_intermediate_size");
    }

    @Override
    public List<TensorRule> tensors(Config config) {
        Dimensions d = Dimensions.of(config).rotated(config);
        boolean bias = bias(config);
        TensorRules rules = new TensorRules();
        rules.same("token_embd.weight", "model.embed_tokens.weight", d.vocabulary(), d.hidden());
        rules.same("output_norm.weight", "model.norm.weight", d.hidden());
        rules.optional("output.weight", "lm_head.weight", d.vocabulary(), d.hidden());
        for (int i = 0; i < d.layers(); i++) {
            TensorRules block = rules.block(i, "model.layers.");
            block.same("attn_norm.weight", "input_layernorm.weight", d.hidden());
            block.linear("attn_q", "self_attn.q_proj", bias, d.queries(), d.hidden());
            block.linear("attn_k", "self_attn.k_proj", bias, d.keys(), d.hidden());
            block.linear("attn_v", "self_attn.v_proj", bias, d.keys(), d.hidden());
            block.linear("attn_output", "self_attn.o_proj", third && bias, d.hidden(), d.queries());
            block.same("ffn_norm.weight", "post_attention_layernorm.weight", d.hidden());
            if (third) {
                block.same("attn_q_norm.weight", "self_attn.q_norm.weight", d.headSize());
                block.same("attn_k_norm.weight", "self_attn.k_norm.weight", d.headSize());
            }
            addExperts(block.under("", "mlp."), config, d);
        }
        return rules.list();
    }

    private void addExperts(TensorRules block, Config config, Dimensions d) {
        int count = Experts.of(config, "num_experts").count();
        int width = expertWidth(config);
        block.same("ffn_gate_inp.weight", "gate.weight", count, d.hidden());
        block.stacked("ffn_gate_exps.weight", "experts.%d.gate_proj.weight", count, width, d.hidden());
        block.stacked("ffn_up_exps.weight", "experts.%d.up_proj.weight", count, width, d.hidden());
        block.stacked("ffn_down_exps.weight", "experts.%d.down_proj.weight", count, d.hidden(), width);
        if (!third) {
            int shared = sharedWidth(config);
            block.same("ffn_gate_inp_shexp.weight", "shared_expert_gate.weight", 1, d.hidden());
            block.same("ffn_gate_shexp.weight", "shared_expert.gate_proj.weight", shared, d.hidden());
            block.same("ffn_up_shexp.weight", "shared_expert.up_proj.weight", shared, d.hidden());
            block.same("ffn_down_shexp.weight", "shared_expert.down_proj.weight", d.hidden(), shared);
        }
    }

    @Override
    public void describe(Config config, GgufMetadata metadata, Consumer<String> warnings) {
        Experts.requireInEveryLayer(config);
        Dimensions d = Dimensions.of(config);
        HyperParameters keys = new HyperParameters(ggufName(), metadata);
        keys.sizes(d, true);
        Rope.of(config, USUAL_BASE).describe(config, keys, warnings);
        keys.rmsEpsilon(config.epsilon("rms_norm_eps"), warnings).headSize(d).activation(config, "hidden_act", "silu", warnings);
        Experts.of(config, "num_experts").describe(keys);
        keys.whole(EXPERT_WIDTH, expertWidth(config));
        windows(config, d.layers()).describeQwen(keys, warnings);
        boolean normalised = config.flag("norm_topk_prob", false);
        keys.flag(NORMALISED, normalised);
        if (normalised != third) {
            warnings.accept("norm_topk_prob is " + normalised + ", but llama.cpp computes " + third + " for " + ggufName());
        }
        if (!third) {
            keys.whole(SHARED_WIDTH, sharedWidth(config));
        }
    }

    /** Versions of transformers disagree about which layers of Qwen 2 MoE have a window, unless layer_types says it; in 3 all have. */
    private Windows windows(Config config, int layers) {
        Windows windows = Windows.qwen(config, layers);
        if (!third && windows.any() && !config.has("layer_types")) {
            throw new UnsupportedException(config.file() + ": use_sliding_window is true, but layer_types does not say for which layers");
        }
        return third ? new Windows(windows.size(), Collections.nCopies(layers, true)) : windows;
    }

    @Override
    public Map<String, Object> config(GgufFacts facts, Consumer<String> warnings) {
        RestoredConfig config = new RestoredConfig(facts, modelType, className).groupedSizes().rmsEpsilon().activation("hidden_act", "silu")
                .whole("moe_intermediate_size", EXPERT_WIDTH, Config.MAX_WIDTH).put("norm_topk_prob", facts.flag(NORMALISED, third))
                .put("decoder_sparse_step", 1).put(third ? "attention_bias" : "qkv_bias", facts.has("blk.0.attn_q.bias"));
        if (!third) {
            config.whole("shared_expert_intermediate_size", SHARED_WIDTH, Config.MAX_WIDTH);
        }
        Windows.restoreQwen(facts, config);
        Rope.restore(facts, config, USUAL_BASE, warnings);
        return Experts.restore(facts, config, "num_experts").values();
    }

    @Override
    public Model build(GgufFacts facts, Weights weights) {
        Parts parts = new Parts(facts, weights);
        int headSize = parts.dimensions().headSize();
        int width = (int) facts.whole(EXPERT_WIDTH, 1, Config.MAX_WIDTH);
        Optional<Positions> positions = new Rotation(parts, false, USUAL_BASE).positions();
        Windows windows = parts.windows();
        return parts.decoder(parts.rmsNorm(weights, "output_norm"), i -> {
            Weights layer = parts.layer(i);
            List<Norm> queryNorms = third ? List.of(parts.rmsNorm(layer, "attn_q_norm", headSize)) : List.of();
            List<Norm> keyNorms = third ? List.of(parts.rmsNorm(layer, "attn_k_norm", headSize)) : List.of();
            return new DecoderLayer.Sequential(parts.rmsNorm(layer, "attn_norm"),
                    parts.attention(layer, windows.of(parts.geometry(), i), queryNorms, keyNorms, positions),
                    parts.rmsNorm(layer, "ffn_norm"),
                    parts.experts(layer, width, facts.flag(NORMALISED, third),
                            third ? Optional.empty() : Optional.of(shared(parts, layer))));
        });
    }

    private static MixtureOfExperts.SharedExpert shared(Parts parts, Weights layer) {
        int hidden = parts.dimensions().hidden();
        int width = (int) parts.facts().whole(SHARED_WIDTH, 1, Config.MAX_WIDTH);
        return new MixtureOfExperts.SharedExpert(
                parts.gated(layer.linear("ffn_gate_shexp", width, hidden), layer.linear("ffn_up_shexp", width, hidden),
                        layer.linear("ffn_down_shexp", hidden, width)),
                layer.linear("ffn_gate_inp_shexp", 1, hidden));
    }
}

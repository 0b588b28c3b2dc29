package dev.nibble.core.model.architecture;

import dev.nibble.core.model.FeedForward;
import dev.nibble.core.model.MixtureOfExperts;
import dev.nibble.core.model.Weights;
import dev.nibble.core.model.mapping.Config;
import dev.nibble.core.model.mapping.Dimensions;
import dev.nibble.core.model.mapping.GgufHyperparameters;
import dev.nibble.error.UnsupportedException;
import java.util.Collections;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Qwen with mixtures of experts: 1.5 and 2 have a shared expert, and biases on queries, keys and values; 3 normalises the heads of queries
 * and keys instead.
 */
final class QwenMoe extends LlamaLike {
    static final QwenMoe QWEN2 = new QwenMoe(new Names("qwen2_moe", "qwen2moe", "Qwen2MoeForCausalLM"), false);
    static final QwenMoe QWEN3 = new QwenMoe(new Names("qwen3_moe", "qwen3moe", "Qwen3MoeForCausalLM"), true);

    private static final String EXPERTS = "num_experts";
    private static final String EXPERT_WIDTH = "expert_feed_forward_length";
    private static final String SHARED_WIDTH = "expert_shared_feed_forward_length";
    private static final String NORMALISED = "expert_weights_norm";

    private final boolean third;

    private QwenMoe(Names names, boolean third) {
        super(names, 10_000);
        this.third = third;
    }

    @Override
    boolean queryBias(Config config) {
        return third ? config.flag("attention_bias", false) : config.flag("qkv_bias", true);
    }

    @Override
    boolean outputBias(Config config) {
        return third && queryBias(config);
    }

    @Override
    boolean headNorms() {
        return third;
    }

    private static int expertWidth(Config config) {
        return config.count(Config.MAX_WIDTH, "moe_intermediate_size");
    }

    private static int sharedWidth(Config config) {
        return config.count(Config.MAX_WIDTH, "shared_expert_intermediate_size");
    }

    @Override
    void addFeedForward(TensorRules part, Config config, Dimensions d) {
        TensorRules block = part.under("", "mlp.");
        int count = Experts.of(config, EXPERTS).count();
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
    void describeHeads(Config config, Dimensions d, MetadataWriter keys) {
        keys.headSize(d);
    }

    @Override
    void describeRest(Config config, Dimensions d, MetadataWriter keys, Consumer<String> warnings) {
        Experts.requireInEveryLayer(config);
        Experts.of(config, EXPERTS).writeMetadata(keys);
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

    /**
     * The sliding windows. Versions of transformers disagree about their layers in Qwen 2 MoE unless layer_types names them; in 3, all
     * layers have one.
     */
    private SlidingWindows windows(Config config, int layers) {
        SlidingWindows windows = SlidingWindows.qwen(config, layers);
        if (!third && windows.any() && !config.has("layer_types")) {
            throw new UnsupportedException(config.file() + ": use_sliding_window is true, but layer_types does not say for which layers");
        }
        return third ? new SlidingWindows(windows.size(), Collections.nCopies(layers, true)) : windows;
    }

    @Override
    void restore(GgufHyperparameters facts, ConfigJsonBuilder config) {
        config.whole("moe_intermediate_size", EXPERT_WIDTH, Config.MAX_WIDTH).put("norm_topk_prob", facts.flag(NORMALISED, third))
                .put("decoder_sparse_step", 1).put(third ? "attention_bias" : "qkv_bias", facts.has("blk.0.attn_q.bias"));
        if (!third) {
            config.whole("shared_expert_intermediate_size", SHARED_WIDTH, Config.MAX_WIDTH);
        }
        SlidingWindows.restoreQwen(facts, config);
    }

    @Override
    ConfigJsonBuilder restored(GgufHyperparameters facts, Consumer<String> warnings) {
        return Experts.restore(facts, super.restored(facts, warnings), EXPERTS);
    }

    @Override
    FeedForward feedForward(Parts parts, Weights layer) {
        GgufHyperparameters facts = parts.facts();
        int width = (int) facts.whole(EXPERT_WIDTH, 1, Config.MAX_WIDTH);
        return parts.experts(layer, width, facts.flag(NORMALISED, third),
                third ? Optional.empty() : Optional.of(shared(parts, layer)));
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

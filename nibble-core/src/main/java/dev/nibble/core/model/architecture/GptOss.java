package dev.nibble.core.model.architecture;

import dev.nibble.core.model.Attention;
import dev.nibble.core.model.ClampedMlp;
import dev.nibble.core.model.DecoderLayer;
import dev.nibble.core.model.Model;
import dev.nibble.core.model.RopeVariants;
import dev.nibble.core.model.Weights;
import dev.nibble.core.model.mapping.Config;
import dev.nibble.core.model.mapping.Dimensions;
import dev.nibble.core.model.mapping.GgufHyperparameters;
import dev.nibble.core.model.mapping.SharedInputGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * gpt-oss: mixtures of experts with biases and bounded activations, attention sinks in every head, a sliding window in every second layer,
 * beginning with the first. OpenAI 2025, "gpt-oss-120b &amp; gpt-oss-20b Model Card", section 2. The experts' gate and up layers are one tensor
 * with interleaved outputs: [experts, outputs, inputs] in MXFP4, as published, [experts, inputs, outputs] unquantized.
 */
final class GptOss extends LlamaLike {
    private static final String EXPERTS = "num_local_experts";
    private static final int DEFAULT_WINDOW = 128;
    private static final double DEFAULT_LIMIT = 7;
    private static final double MAX_LIMIT = 1e6;
    private static final String EXPERT_WIDTH = "expert_feed_forward_length";
    private static final String LIMIT = "swiglu_limit";
    private static final String SINKS = "attn_sinks.weight";

    GptOss() {
        super(new Names("gpt_oss", "gpt-oss", "GptOssForCausalLM"), 150_000);
    }

    @Override
    boolean queryBias(Config config) {
        return config.flag("attention_bias", true);
    }

    @Override
    boolean outputBias(Config config) {
        return queryBias(config);
    }

    @Override
    void addBlock(TensorRules block, Config config, Dimensions d) {
        norm(block, "attn_norm", "input_layernorm", d.hidden());
        addAttention(block, config, d);
        block.same(SINKS, "self_attn.sinks", d.heads());
        norm(block, "post_attention_norm", "post_attention_layernorm", d.hidden());
        addExperts(block.under("", "mlp."), config, d);
    }

    private static void addExperts(TensorRules block, Config config, Dimensions d) {
        int count = Experts.of(config, EXPERTS).count();
        int width = d.feedForward();
        block.linear("ffn_gate_inp", "router", true, count, d.hidden());
        String both = "experts.gate_up_proj";
        String down = "experts.down_proj";
        if (config.has("quantization_config")) {
            block.alternate("ffn_gate_exps.weight", both + ".weight", 0, count, width, d.hidden());
            block.alternate("ffn_up_exps.weight", both + ".weight", 1, count, width, d.hidden());
            block.same("ffn_down_exps.weight", down + ".weight", count, d.hidden(), width);
        } else {
            block.alternateColumns("ffn_gate_exps.weight", both, 0, 2, count, width, d.hidden());
            block.alternateColumns("ffn_up_exps.weight", both, 1, 2, count, width, d.hidden());
            block.alternateColumns("ffn_down_exps.weight", down, 0, 1, count, d.hidden(), width);
        }
        block.alternate("ffn_gate_exps.bias", both + "_bias", 0, count, width);
        block.alternate("ffn_up_exps.bias", both + "_bias", 1, count, width);
        block.same("ffn_down_exps.bias", down + "_bias", count, d.hidden());
    }

    private static boolean hasWindow(int layer) {
        return layer % 2 == 0;
    }

    @Override
    boolean truncated() {
        return false;
    }

    @Override
    String[] ropeTypes() {
        return new String[]{ConfigRope.UNTRUNCATED};
    }

    @Override
    void describeHeads(Config config, Dimensions d, MetadataWriter keys) {
        keys.headSize(d);
    }

    @Override
    void describeRest(Config config, Dimensions d, MetadataWriter keys, Consumer<String> warnings) {
        Experts.of(config, EXPERTS).writeMetadata(keys);
        keys.whole(EXPERT_WIDTH, d.feedForward());
        int window = config.optionalWhole(1, Config.MAX_CONTEXT, "sliding_window").orElse(DEFAULT_WINDOW);
        SlidingWindows.of(config, d.layers(), window, GptOss::hasWindow).writeMetadata(keys, GptOss::hasWindow, warnings);
        double limit = config.optionalReal(0, MAX_LIMIT, LIMIT).orElse(DEFAULT_LIMIT);
        if (limit != DEFAULT_LIMIT) {
            keys.real(LIMIT, limit);
            warnings.accept(LIMIT + " is " + limit + ", but llama.cpp computes " + DEFAULT_LIMIT + " for gpt-oss");
        }
    }

    @Override
    void restore(GgufHyperparameters facts, ConfigJsonBuilder config) {
        config.optionalReal(LIMIT, LIMIT, MAX_LIMIT).put("attention_bias", facts.has("blk.0.attn_q.bias"))
                .whole("sliding_window", WINDOW, Config.MAX_CONTEXT);
        SlidingWindows.read(facts, (int) facts.whole("block_count", 1, Config.MAX_LAYERS), GptOss::hasWindow).restore(config,
                GptOss::hasWindow);
    }

    @Override
    ConfigJsonBuilder restored(GgufHyperparameters facts, Consumer<String> warnings) {
        return Experts.restore(facts, super.restored(facts, warnings), EXPERTS);
    }

    @Override
    public List<SharedInputGroup> inputGroups(GgufHyperparameters facts) {
        return SharedInputGroup.standard(facts, "attn_norm", "post_attention_norm", SharedInputGroup.FeedForwardForm.NON_HOMOGENEOUS);
    }

    @Override
    public Model build(GgufHyperparameters facts, Weights weights) {
        Parts parts = new Parts(facts, weights);
        int width = (int) facts.whole(EXPERT_WIDTH, 1, Config.MAX_WIDTH * 4L);
        float limit = (float) facts.optionalReal(LIMIT, 0, MAX_LIMIT).orElse(DEFAULT_LIMIT);
        Optional<RopeVariants> positions = new GgufRope(parts, false, ropeBase(), truncated()).positions();
        SlidingWindows windows = parts.windows(GptOss::hasWindow);
        return parts.decoder(parts.rmsNorm(weights, "output_norm"), i -> {
            Weights layer = parts.layer(i);
            Attention.Geometry geometry = windows.of(parts.geometry(), i).sinking(sinks(layer, parts.dimensions().heads()));
            return new DecoderLayer.Sequential(parts.rmsNorm(layer, "attn_norm"), parts.attention(layer, geometry, positions),
                    parts.rmsNorm(layer, "post_attention_norm"), parts.experts(layer, width, true, Optional.empty(),
                            (gate, up, down) -> new ClampedMlp(gate, up, down, limit, weights.ops(), weights.workers())));
        });
    }

    private static List<Float> sinks(Weights layer, int heads) {
        List<Float> sinks = new ArrayList<>();
        for (float sink : layer.vector(SINKS, heads)) {
            sinks.add(sink);
        }
        return sinks;
    }
}

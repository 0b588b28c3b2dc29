package dev.nibble.core.model.architecture;

import dev.nibble.core.checkpoint.GgufMetadata;
import dev.nibble.core.model.Architecture;
import dev.nibble.core.model.Attention;
import dev.nibble.core.model.ClampedMlp;
import dev.nibble.core.model.Config;
import dev.nibble.core.model.DecoderLayer;
import dev.nibble.core.model.Dimensions;
import dev.nibble.core.model.GgufFacts;
import dev.nibble.core.model.InputGroup;
import dev.nibble.core.model.Model;
import dev.nibble.core.model.Positions;
import dev.nibble.core.model.TensorRule;
import dev.nibble.core.model.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * gpt-oss: mixtures of experts with biases and bounded activations, attention with a sink in every head, a window in every second layer from
 * the first on. OpenAI 2025, "gpt-oss-120b & gpt-oss-20b Model Card", section 2. The experts' gates and ups are one tensor with their outputs
 * by turns; quantized to MXFP4, as they are published, they are [experts, outputs, inputs], as plain numbers [experts, inputs, outputs].
 */
final class GptOss implements Architecture {
    private static final double USUAL_BASE = 150_000;
    private static final int USUAL_WINDOW = 128;
    private static final double USUAL_LIMIT = 7;
    private static final double MOST_LIMIT = 1e6;
    private static final String EXPERT_WIDTH = "expert_feed_forward_length";
    private static final String LIMIT = "swiglu_limit";
    private static final String SINKS = "attn_sinks.weight";

    @Override
    public List<String> modelTypes() {
        return List.of("gpt_oss");
    }

    @Override
    public String ggufName() {
        return "gpt-oss";
    }

    @Override
    public List<TensorRule> tensors(Config config) {
        Dimensions d = Dimensions.of(config).rotated(config);
        boolean bias = config.flag("attention_bias", true);
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
            block.linear("attn_output", "self_attn.o_proj", bias, d.hidden(), d.queries());
            block.same(SINKS, "self_attn.sinks", d.heads());
            block.same("post_attention_norm.weight", "post_attention_layernorm.weight", d.hidden());
            addExperts(block.under("", "mlp."), config, d);
        }
        return rules.list();
    }

    private static void addExperts(TensorRules block, Config config, Dimensions d) {
        int count = Experts.of(config, "num_local_experts").count();
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

    private static boolean usual(int layer) {
        return layer % 2 == 0;
    }

    @Override
    public void describe(Config config, GgufMetadata metadata, Consumer<String> warnings) {
        Dimensions d = Dimensions.of(config);
        HyperParameters keys = new HyperParameters(ggufName(), metadata);
        keys.sizes(d, true);
        Rope.of(config, USUAL_BASE).describe(config, keys, warnings, Rope.UNTRUNCATED);
        keys.rmsEpsilon(config.epsilon("rms_norm_eps"), warnings).headSize(d).activation(config, "hidden_act", "silu", warnings);
        Experts.of(config, "num_local_experts").describe(keys);
        keys.whole(EXPERT_WIDTH, d.feedForward());
        int window = config.optionalWhole(1, Config.MAX_CONTEXT, "sliding_window").orElse(USUAL_WINDOW);
        Windows.of(config, d.layers(), window, GptOss::usual).describe(keys, GptOss::usual);
        double limit = config.optionalReal(0, MOST_LIMIT, LIMIT).orElse(USUAL_LIMIT);
        if (limit != USUAL_LIMIT) {
            keys.real(LIMIT, limit);
            warnings.accept(LIMIT + " is " + limit + ", but llama.cpp computes " + USUAL_LIMIT + " for gpt-oss");
        }
    }

    @Override
    public Map<String, Object> config(GgufFacts facts, Consumer<String> warnings) {
        RestoredConfig config = new RestoredConfig(facts, "gpt_oss", "GptOssForCausalLM").groupedSizes().rmsEpsilon()
                .activation("hidden_act", "silu").optionalReal(LIMIT, LIMIT, MOST_LIMIT)
                .put("attention_bias", facts.has("blk.0.attn_q.bias"))
                .whole("sliding_window", "attention.sliding_window", Config.MAX_CONTEXT);
        Windows.read(facts, (int) facts.whole("block_count", 1, Config.MAX_LAYERS), GptOss::usual).restore(config, GptOss::usual);
        Rope.restore(facts, config, USUAL_BASE, warnings);
        return Experts.restore(facts, config, "num_local_experts").values();
    }

    @Override
    public List<InputGroup> inputGroups(GgufFacts facts) {
        return InputGroup.usual(facts, "attn_norm", "post_attention_norm", InputGroup.FeedForwardForm.BENT);
    }

    @Override
    public Model build(GgufFacts facts, Weights weights) {
        Parts parts = new Parts(facts, weights);
        int width = (int) facts.whole(EXPERT_WIDTH, 1, Config.MAX_WIDTH * 4L);
        float limit = (float) facts.optionalReal(LIMIT, 0, MOST_LIMIT).orElse(USUAL_LIMIT);
        Optional<Positions> positions = new Rotation(parts, false, USUAL_BASE, false).positions();
        Windows windows = parts.windows(GptOss::usual);
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

package dev.nibble.core.model.architecture;

import dev.nibble.core.checkpoint.GgufMetadata;
import dev.nibble.core.model.Architecture;
import dev.nibble.core.model.Attention;
import dev.nibble.core.model.Config;
import dev.nibble.core.model.Decoder;
import dev.nibble.core.model.DecoderLayer;
import dev.nibble.core.model.Dimensions;
import dev.nibble.core.model.GgufFacts;
import dev.nibble.core.model.Model;
import dev.nibble.core.model.Positions;
import dev.nibble.core.model.TensorRule;
import dev.nibble.core.model.Weights;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntPredicate;

/**
 * Gemma 2: soft-capped logits, and norms before and after each part, which multiply by 1 + weight in Hugging Face and by the weight in
 * GGUF.
 */
final class Gemma2 implements Architecture {
    private static final double USUAL_BASE = 10_000;
    private static final double MOST = 1e6;
    private static final String ACTIVATION = "gelu_pytorch_tanh";
    private static final IntPredicate EVEN = Windows.allButEvery(2);
    private static final long LAYERS_OF_27B = 46;

    @Override
    public List<String> modelTypes() {
        return List.of("gemma2");
    }

    @Override
    public String ggufName() {
        return "gemma2";
    }

    @Override
    public List<TensorRule> tensors(Config config) {
        Dimensions d = Dimensions.of(config).rotated(config);
        TensorRules rules = new TensorRules();
        rules.same("token_embd.weight", "model.embed_tokens.weight", d.vocabulary(), d.hidden());
        rules.plus("output_norm.weight", "model.norm.weight", 1, d.hidden());
        rules.optional("output.weight", "lm_head.weight", d.vocabulary(), d.hidden());
        for (int i = 0; i < d.layers(); i++) {
            TensorRules block = rules.block(i, "model.layers.");
            block.plus("attn_norm.weight", "input_layernorm.weight", 1, d.hidden());
            block.linear("attn_q", "self_attn.q_proj", false, d.queries(), d.hidden());
            block.linear("attn_k", "self_attn.k_proj", false, d.keys(), d.hidden());
            block.linear("attn_v", "self_attn.v_proj", false, d.keys(), d.hidden());
            block.linear("attn_output", "self_attn.o_proj", false, d.hidden(), d.queries());
            block.plus("post_attention_norm.weight", "post_attention_layernorm.weight", 1, d.hidden());
            block.plus("ffn_norm.weight", "pre_feedforward_layernorm.weight", 1, d.hidden());
            block.linear("ffn_gate", "mlp.gate_proj", false, d.feedForward(), d.hidden());
            block.linear("ffn_up", "mlp.up_proj", false, d.feedForward(), d.hidden());
            block.linear("ffn_down", "mlp.down_proj", false, d.hidden(), d.feedForward());
            block.plus("post_ffw_norm.weight", "post_feedforward_layernorm.weight", 1, d.hidden());
        }
        return rules.list();
    }

    @Override
    public void describe(Config config, GgufMetadata metadata, Consumer<String> warnings) {
        Dimensions d = Dimensions.of(config);
        HyperParameters keys = new HyperParameters(ggufName(), metadata);
        keys.sizes(d, true).rmsEpsilon(config.epsilon("rms_norm_eps"), warnings).headSize(d);
        Rope.of(config, USUAL_BASE).describe(config, keys, warnings);
        keys.real("attn_logit_softcapping", config.real(0, MOST, "attn_logit_softcapping"))
                .real("final_logit_softcapping", config.real(0, MOST, "final_logit_softcapping"))
                .real("attention.scale", 1 / Math.sqrt(config.real(1, MOST, "query_pre_attn_scalar")))
                .activation(config, "hidden_activation", ACTIVATION, warnings);
        Windows.of(config, d.layers(), config.count(Config.MAX_CONTEXT, "sliding_window"), EVEN).describe(keys, EVEN);
    }

    @Override
    public Map<String, Object> config(GgufFacts facts, Consumer<String> warnings) {
        RestoredConfig config = new RestoredConfig(facts, "gemma2", "Gemma2ForCausalLM").groupedSizes().rmsEpsilon()
                .activation("hidden_activation", ACTIVATION)
                .whole("sliding_window", "attention.sliding_window", Config.MAX_CONTEXT)
                .optionalReal("attn_logit_softcapping", "attn_logit_softcapping", MOST)
                .optionalReal("final_logit_softcapping", "final_logit_softcapping", MOST);
        Windows.read(facts, (int) facts.whole("block_count", 1, Config.MAX_LAYERS), EVEN).restore(config, EVEN);
        double scale = scale(facts);
        config.put("query_pre_attn_scalar", Math.round(1 / (scale * scale)));
        Rope.restore(facts, config, USUAL_BASE, warnings);
        return config.values();
    }

    /** Files of llama.cpp lack the scale, which goes by the model's size: 27B divides by the root of hidden / heads. */
    private static double scale(GgufFacts facts) {
        double scalar = facts.whole("attention.key_length", 1, Config.MAX_WIDTH);
        if (facts.whole("block_count", 1, Config.MAX_LAYERS) == LAYERS_OF_27B) {
            scalar = (double) facts.whole("embedding_length", 1, Config.MAX_WIDTH)
                    / facts.whole("attention.head_count", 1, Config.MAX_WIDTH);
        }
        return facts.optionalReal("attention.scale", Float.MIN_NORMAL, MOST).orElse(1 / Math.sqrt(scalar));
    }

    @Override
    public Model build(GgufFacts facts, Weights weights) {
        Parts parts = new Parts(facts, weights);
        Optional<Positions> positions = new Rotation(parts, false, USUAL_BASE).positions();
        Attention.Geometry global = parts.geometry().scaled(scale(facts)).capped(parts.cap("attn_logit_softcapping"));
        Windows windows = parts.windows(EVEN);
        return new Decoder(parts.embedding(), (float) Math.sqrt(parts.dimensions().hidden()), Optional.empty(), parts.layers(i -> {
            Weights layer = parts.layer(i);
            return new DecoderLayer.Sequential(parts.rmsNorm(layer, "attn_norm"),
                    parts.attention(layer, windows.of(global, i), positions),
                    Optional.of(parts.rmsNorm(layer, "post_attention_norm")), parts.rmsNorm(layer, "ffn_norm"),
                    parts.gatedMlp(layer, ACTIVATION), Optional.of(parts.rmsNorm(layer, "post_ffw_norm")));
        }), parts.rmsNorm(weights, "output_norm"), parts.head(), parts.cap("final_logit_softcapping"), parts.dimensions().context());
    }
}

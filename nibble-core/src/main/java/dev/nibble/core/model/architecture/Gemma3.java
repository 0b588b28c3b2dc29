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
import dev.nibble.core.model.Norm;
import dev.nibble.core.model.Positions;
import dev.nibble.core.model.TensorRule;
import dev.nibble.core.model.Weights;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntPredicate;

/**
 * Gemma 3, its language model: as Gemma 2, with queries and keys normalised per head instead of capped logits. What it has for images is
 * not carried over.
 */
final class Gemma3 implements Architecture {
    private static final double USUAL_BASE = 1_000_000;
    private static final double USUAL_LOCAL_BASE = 10_000;
    private static final double MOST_BASE = 1e12;
    private static final double MOST = 1e6;
    private static final Map<String, Integer> USUAL_SIZES = Map.of("vocab_size", 262_208, "num_attention_heads", 8, "num_key_value_heads",
            4,
            "head_dim", 256, "query_pre_attn_scalar", 256, "max_position_embeddings", 131_072, "sliding_window", 4096);
    private static final int GLOBAL_EVERY = 6;
    private static final IntPredicate LOCAL = Windows.allButEvery(GLOBAL_EVERY);
    private static final int LAYERS_OF_27B = 62;
    private static final String ACTIVATION = "gelu_pytorch_tanh";

    @Override
    public List<String> modelTypes() {
        return List.of("gemma3_text", "gemma3");
    }

    @Override
    public String ggufName() {
        return "gemma3";
    }

    @Override
    public Config language(Config config) {
        return config.nested("text_config").orElse(config).withDefaults(USUAL_SIZES);
    }

    @Override
    public Optional<String> canonicalName(String name) {
        if (name.contains("vision_tower.") || name.contains("multi_modal_projector.")) {
            return Optional.empty();
        }
        return Optional.of(name.replaceFirst("^language_model\\.", "").replaceFirst("^model\\.language_model\\.", "model."));
    }

    private static Dimensions dimensions(Config config) {
        return Dimensions.of(config).rotated(config);
    }

    @Override
    public List<TensorRule> tensors(Config config) {
        Dimensions d = dimensions(config);
        TensorRules rules = new TensorRules();
        rules.same("token_embd.weight", "model.embed_tokens.weight", d.vocabulary(), d.hidden());
        rules.plus("output_norm.weight", "model.norm.weight", 1, d.hidden());
        rules.optional("output.weight", "lm_head.weight", d.vocabulary(), d.hidden());
        for (int i = 0; i < d.layers(); i++) {
            TensorRules block = rules.block(i, "model.layers.");
            block.plus("attn_norm.weight", "input_layernorm.weight", 1, d.hidden());
            block.linear("attn_q", "self_attn.q_proj", false, d.queries(), d.hidden());
            block.plus("attn_q_norm.weight", "self_attn.q_norm.weight", 1, d.headSize());
            block.linear("attn_k", "self_attn.k_proj", false, d.keys(), d.hidden());
            block.plus("attn_k_norm.weight", "self_attn.k_norm.weight", 1, d.headSize());
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
        if (config.has("attn_logit_softcapping")) {
            throw config.contradiction("attn_logit_softcapping is not part of Gemma 3");
        }
        Dimensions d = dimensions(config);
        HyperParameters keys = new HyperParameters(ggufName(), metadata);
        keys.sizes(d, true).rmsEpsilon(config.optionalReal(0, 1, "rms_norm_eps").orElse(1e-6), warnings).headSize(d);
        Rope.of(config, USUAL_BASE).describe(config, keys, warnings);
        config.optionalReal(0, MOST, "final_logit_softcapping").ifPresent(cap -> keys.real("final_logit_softcapping", cap));
        keys.real("rope.freq_base_swa", localBase(config));
        keys.real("attention.scale", 1 / Math.sqrt(config.real(1, MOST, "query_pre_attn_scalar")))
                .activation(config, "hidden_activation", ACTIVATION, warnings);
        int period = config.optionalWhole(1, Config.MAX_LAYERS, "sliding_window_pattern", "_sliding_window_pattern").orElse(GLOBAL_EVERY);
        Windows windows = Windows.of(config, d.layers(), config.count(Config.MAX_CONTEXT, "sliding_window"), Windows.allButEvery(period));
        windows.describe(keys, LOCAL);
    }

    /** The base in layers that see a window only. */
    private static double localBase(Config config) {
        return config.value("rope_parameters").flatMap(rope -> rope.get("sliding_attention")).flatMap(rope -> rope.get("rope_theta"))
                .or(() -> config.value("rope_local_base_freq")).map(base -> base.real(Float.MIN_NORMAL, MOST_BASE))
                .orElse(USUAL_LOCAL_BASE);
    }

    @Override
    public Map<String, Object> config(GgufFacts facts, Consumer<String> warnings) {
        RestoredConfig config = new RestoredConfig(facts, "gemma3_text", "Gemma3ForCausalLM").groupedSizes().rmsEpsilon()
                .activation("hidden_activation", ACTIVATION).whole("sliding_window", "attention.sliding_window", Config.MAX_CONTEXT)
                .optionalReal("final_logit_softcapping", "final_logit_softcapping", MOST);
        Windows.read(facts, (int) facts.whole("block_count", 1, Config.MAX_LAYERS), LOCAL).restore(config, LOCAL);
        Rope.restore(facts, config, USUAL_BASE, warnings);
        config.put("rope_local_base_freq", facts.optionalReal("rope.freq_base_swa", Float.MIN_NORMAL, MOST_BASE).orElse(USUAL_LOCAL_BASE));
        facts.optionalReal("attention.scale", Float.MIN_NORMAL, MOST)
                .ifPresent(scale -> config.put("query_pre_attn_scalar", Math.round(1 / (scale * scale))));
        return config.values();
    }

    @Override
    public Model build(GgufFacts facts, Weights weights) {
        Parts parts = new Parts(facts, weights);
        Rotation rotation = new Rotation(parts, false, USUAL_BASE);
        Optional<Positions> global = rotation.positions();
        Optional<Positions> local = rotation
                .unscaled(facts.optionalReal("rope.freq_base_swa", Float.MIN_NORMAL, MOST_BASE).orElse(USUAL_LOCAL_BASE));
        int headSize = parts.dimensions().headSize();
        Attention.Geometry everything = parts.geometry().scaled(scale(facts, parts));
        Windows windows = parts.windows(LOCAL);
        return new Decoder(parts.embedding(), (float) Math.sqrt(parts.dimensions().hidden()), Optional.empty(), parts.layers(i -> {
            Weights layer = parts.layer(i);
            List<Norm> queryNorms = List.of(parts.rmsNorm(layer, "attn_q_norm", headSize));
            List<Norm> keyNorms = List.of(parts.rmsNorm(layer, "attn_k_norm", headSize));
            Attention attention = parts.attention(layer, windows.of(everything, i), queryNorms, keyNorms,
                    windows.local().get(i) ? local : global);
            return new DecoderLayer.Sequential(parts.rmsNorm(layer, "attn_norm"), attention,
                    Optional.of(parts.rmsNorm(layer, "post_attention_norm")), parts.rmsNorm(layer, "ffn_norm"),
                    parts.gatedMlp(layer, ACTIVATION), Optional.of(parts.rmsNorm(layer, "post_ffw_norm")));
        }), parts.rmsNorm(weights, "output_norm"), parts.head(), parts.cap("final_logit_softcapping"), parts.dimensions().context());
    }

    /** Files of llama.cpp lack it, and the 27B model divides by the root of hidden / heads. */
    private static double scale(GgufFacts facts, Parts parts) {
        Dimensions d = parts.dimensions();
        double divisor = d.layers() == LAYERS_OF_27B ? (double) d.hidden() / d.heads() : d.headSize();
        return facts.optionalReal("attention.scale", Float.MIN_NORMAL, MOST).orElse(1 / Math.sqrt(divisor));
    }
}

package dev.nibble.core.model.architecture;

import dev.nibble.core.checkpoint.GgufMetadata;
import dev.nibble.core.json.Json;
import dev.nibble.core.model.Architecture;
import dev.nibble.core.model.Config;
import dev.nibble.core.model.DecoderLayer;
import dev.nibble.core.model.Dimensions;
import dev.nibble.core.model.GgufFacts;
import dev.nibble.core.model.Model;
import dev.nibble.core.model.Positions;
import dev.nibble.core.model.TensorRule;
import dev.nibble.core.model.Weights;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Phi 3, 3.5 and 4: fused queries, keys and values, fused gate and up, kept fused in GGUF. Long contexts have one divisor per frequency, in
 * two tensors: for texts within the original context and over it.
 */
final class Phi3 implements Architecture {
    private static final double USUAL_BASE = 10_000;
    private static final String LONG = "rope_factors_long.weight";
    private static final String SHORT = "rope_factors_short.weight";
    private static final double MOST = 1e6;

    @Override
    public List<String> modelTypes() {
        return List.of("phi3");
    }

    @Override
    public String ggufName() {
        return "phi3";
    }

    @Override
    public List<TensorRule> tensors(Config config) {
        Dimensions d = Dimensions.of(config).rotated(config);
        TensorRules rules = new TensorRules();
        Rope rope = Rope.of(config, USUAL_BASE);
        if (isLong(rope)) {
            rules.computed(LONG, factors(config, rope, "long_factor", d));
            rules.computed(SHORT, factors(config, rope, "short_factor", d));
        }
        rules.same("token_embd.weight", "model.embed_tokens.weight", d.vocabulary(), d.hidden());
        rules.same("output_norm.weight", "model.norm.weight", d.hidden());
        rules.optional("output.weight", "lm_head.weight", d.vocabulary(), d.hidden());
        for (int i = 0; i < d.layers(); i++) {
            TensorRules block = rules.block(i, "model.layers.");
            block.same("attn_norm.weight", "input_layernorm.weight", d.hidden());
            block.linear("attn_qkv", "self_attn.qkv_proj", false, d.queries() + 2L * d.keys(), d.hidden());
            block.linear("attn_output", "self_attn.o_proj", false, d.hidden(), d.queries());
            block.same("ffn_norm.weight", "post_attention_layernorm.weight", d.hidden());
            block.linear("ffn_up", "mlp.gate_up_proj", false, 2L * d.feedForward(), d.hidden());
            block.linear("ffn_down", "mlp.down_proj", false, d.hidden(), d.feedForward());
        }
        return rules.list();
    }

    private static boolean isLong(Rope rope) {
        return rope.type().equals("longrope") || rope.type().equals("su");
    }

    private static int rotated(Config config, Dimensions d) {
        return (int) (Rope.part(config, 1, "partial_rotary_factor") * d.headSize());
    }

    private static List<Float> factors(Config config, Rope rope, String name, Dimensions d) {
        Json factors = rope.scaling().orElseThrow().require(name);
        List<Float> numbers = factors.elements().stream().map(factor -> (float) factor.real(Float.MIN_NORMAL, MOST)).toList();
        int expected = rotated(config, d) / 2;
        if (numbers.size() != expected) {
            throw factors.wrong(numbers.size() + " factors for " + expected + " frequencies");
        }
        return numbers;
    }

    @Override
    public void describe(Config config, GgufMetadata metadata, Consumer<String> warnings) {
        Dimensions d = Dimensions.of(config);
        Rope rope = Rope.of(config, USUAL_BASE);
        int original = rope.original(config).orElse(d.context());
        HyperParameters keys = new HyperParameters(ggufName(), metadata);
        keys.sizes(d, true).whole("rope.scaling.original_context_length", original);
        rope.describe(config, keys, warnings, "longrope", "su");
        if (isLong(rope)) {
            double scale = (double) d.context() / original;
            double usual = scale > 1 ? Math.sqrt(1 + Math.log(scale) / Math.log(original)) : 1;
            double magnitude = rope.scaling().flatMap(s -> s.get("attention_factor")).map(factor -> factor.real(0, MOST)).orElse(usual);
            keys.text("rope.scaling.type", "longrope").real("rope.scaling.attn_factor", magnitude);
        }
        keys.rmsEpsilon(config.epsilon("rms_norm_eps"), warnings).headSize(config, d).whole("rope.dimension_count", rotated(config, d))
                .whole("attention.sliding_window", config.optionalWhole(1, Config.MAX_CONTEXT, "sliding_window").orElse(0))
                .activation(config, "hidden_act", "silu", warnings);
    }

    @Override
    public Map<String, Object> config(GgufFacts facts, Consumer<String> warnings) {
        RestoredConfig config = new RestoredConfig(facts, "phi3", "Phi3ForCausalLM").groupedSizes().rmsEpsilon()
                .activation("hidden_act", "silu")
                .whole("original_max_position_embeddings", "rope.scaling.original_context_length", Config.MAX_CONTEXT);
        facts.optionalWhole("attention.sliding_window", 0, Config.MAX_CONTEXT).filter(window -> window > 0)
                .ifPresent(window -> config.put("sliding_window", window));
        Rope.restore(facts, config, USUAL_BASE, warnings);
        restorePartialRotation(facts, config);
        if (facts.has(LONG) && facts.has(SHORT)) {
            Map<String, Object> scaling = new LinkedHashMap<>();
            scaling.put("type", "longrope");
            scaling.put("long_factor", decimals(facts.vector().apply(LONG)));
            scaling.put("short_factor", decimals(facts.vector().apply(SHORT)));
            config.put("rope_scaling", scaling);
        }
        return config.values();
    }

    private static void restorePartialRotation(GgufFacts facts, RestoredConfig config) {
        long headSize = facts.optionalWhole("attention.key_length", 1, Config.MAX_WIDTH).orElseGet(
                () -> facts.whole("embedding_length", 1, Config.MAX_WIDTH) / facts.whole("attention.head_count", 1, Config.MAX_WIDTH));
        long rotated = facts.optionalWhole("rope.dimension_count", 1, headSize).orElse(headSize);
        if (rotated < headSize) {
            config.put("partial_rotary_factor", (double) rotated / headSize);
        }
    }

    /** As a Python writer would put them down: the shortest decimals that give these floats. */
    private static List<Double> decimals(List<Float> numbers) {
        return numbers.stream().map(number -> Double.parseDouble(Float.toString(number))).toList();
    }

    @Override
    public Model build(GgufFacts facts, Weights weights) {
        Parts parts = new Parts(facts, weights);
        Optional<Positions> positions = new Rotation(parts, false, USUAL_BASE).positions();
        Windows windows = parts.windows();
        return parts.decoder(parts.rmsNorm(weights, "output_norm"), i -> {
            Weights layer = parts.layer(i);
            return new DecoderLayer.Sequential(parts.rmsNorm(layer, "attn_norm"),
                    parts.attention(layer, windows.of(parts.geometry(), i), positions), parts.rmsNorm(layer, "ffn_norm"),
                    parts.gatedMlp(layer, "silu"));
        });
    }
}

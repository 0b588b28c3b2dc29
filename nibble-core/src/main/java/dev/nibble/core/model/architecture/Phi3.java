package dev.nibble.core.model.architecture;

import dev.nibble.core.checkpoint.gguf.GgufMetadata;
import dev.nibble.core.model.mapping.Config;
import dev.nibble.core.model.mapping.Dimensions;
import dev.nibble.core.model.mapping.GgufHyperparameters;
import dev.nibble.text.json.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Phi 3, 3.5 and 4: fused queries, keys and values, fused gate and up, kept fused in GGUF. LongRoPE has one divisor per frequency, in two
 * tensors: for contexts up to the original length and beyond.
 */
final class Phi3 extends LlamaLike {
    private static final String LONG = "rope_factors_long.weight";
    private static final String SHORT = "rope_factors_short.weight";
    private static final double MAX = 1e6;

    Phi3() {
        super(new Names("phi3", "phi3", "Phi3ForCausalLM"), 10_000);
    }

    @Override
    void addFactors(TensorRules rules, Config config, Dimensions d) {
        ConfigRope rope = ConfigRope.of(config, ropeBase());
        if (isLong(rope)) {
            rules.computed(LONG, factors(config, rope, "long_factor", d));
            rules.computed(SHORT, factors(config, rope, "short_factor", d));
        }
    }

    @Override
    void addAttention(TensorRules block, Config config, Dimensions d) {
        block.linear("attn_qkv", "self_attn.qkv_proj", false, d.queryWidth() + 2L * d.kvWidth(), d.hidden());
        block.linear("attn_output", "self_attn.o_proj", false, d.hidden(), d.queryWidth());
    }

    @Override
    void addFeedForward(TensorRules block, Config config, Dimensions d) {
        block.linear("ffn_up", "mlp.gate_up_proj", false, 2L * d.feedForward(), d.hidden());
        block.linear("ffn_down", "mlp.down_proj", false, d.hidden(), d.feedForward());
    }

    private static boolean isLong(ConfigRope rope) {
        return rope.type().equals("longrope") || rope.type().equals("su");
    }

    private static int rotated(Config config, Dimensions d) {
        return (int) (ConfigRope.part(config, 1, "partial_rotary_factor") * d.headSize());
    }

    private static List<Float> factors(Config config, ConfigRope rope, String name, Dimensions d) {
        Json factors = rope.scaling().orElseThrow().require(name);
        List<Float> divisors = factors.elements().stream().map(factor -> (float) factor.real(Float.MIN_NORMAL, MAX)).toList();
        int expected = rotated(config, d) / 2;
        if (divisors.size() != expected) {
            throw factors.wrong(divisors.size() + " factors for " + expected + " frequencies");
        }
        return divisors;
    }

    @Override
    public void writeMetadata(Config config, GgufMetadata metadata, Consumer<String> warnings) {
        Dimensions d = Dimensions.of(config);
        ConfigRope rope = ConfigRope.of(config, ropeBase());
        int original = rope.original(config).orElse(d.context());
        MetadataWriter keys = new MetadataWriter(ggufName(), metadata);
        keys.sizes(d, true).whole("rope.scaling.original_context_length", original);
        rope.writeMetadata(config, keys, warnings, "longrope", "su");
        if (isLong(rope)) {
            double computed = magnitude(d.context(), original);
            double magnitude = rope.scaling().flatMap(s -> s.get("attention_factor")).map(factor -> factor.real(0, MAX)).orElse(computed);
            keys.text("rope.scaling.type", "longrope").real("rope.scaling.attn_factor", magnitude);
        }
        keys.rmsEpsilon(config.epsilon("rms_norm_eps"), warnings).headSize(config, d).whole("rope.dimension_count", rotated(config, d))
                .whole(WINDOW, config.optionalWhole(1, Config.MAX_CONTEXT, "sliding_window").orElse(0))
                .activation(config, "hidden_act", "silu", warnings);
        SlidingWindows.warnIgnored(config, d, warnings);
    }

    /** LongRoPE's factor of the rotated values. */
    private static double magnitude(long context, long original) {
        double scale = (double) context / original;
        return scale > 1 ? Math.sqrt(1 + Math.log(scale) / Math.log((double) original)) : 1;
    }

    @Override
    ConfigJsonBuilder restored(GgufHyperparameters facts, Consumer<String> warnings) {
        ConfigJsonBuilder config = super.restored(facts, warnings);
        restorePartialRotation(facts, config);
        if (facts.has(LONG) && facts.has(SHORT)) {
            Map<String, Object> scaling = new LinkedHashMap<>();
            scaling.put("type", "longrope");
            scaling.put("long_factor", decimals(facts.vector().apply(LONG)));
            scaling.put("short_factor", decimals(facts.vector().apply(SHORT)));
            double magnitude = facts.optionalReal("rope.scaling.attn_factor", Float.MIN_NORMAL, MAX).orElse(1);
            double computed = magnitude(facts.whole("context_length", 1, Config.MAX_CONTEXT),
                    facts.whole("rope.scaling.original_context_length", 1, Config.MAX_CONTEXT));
            if ((float) magnitude != (float) computed) {
                scaling.put("attention_factor", magnitude);
            }
            config.put("rope_scaling", scaling);
        }
        return config;
    }

    @Override
    void restore(GgufHyperparameters facts, ConfigJsonBuilder config) {
        config.whole("original_max_position_embeddings", "rope.scaling.original_context_length", Config.MAX_CONTEXT);
        facts.optionalWhole(WINDOW, 0, Config.MAX_CONTEXT).filter(window -> window > 0)
                .ifPresent(window -> config.put("sliding_window", window));
    }

    private static void restorePartialRotation(GgufHyperparameters facts, ConfigJsonBuilder config) {
        long headSize = facts.optionalWhole("attention.key_length", 1, Config.MAX_WIDTH).orElseGet(
                () -> facts.whole("embedding_length", 1, Config.MAX_WIDTH) / facts.whole("attention.head_count", 1, Config.MAX_WIDTH));
        long rotated = facts.optionalWhole("rope.dimension_count", 1, headSize).orElse(headSize);
        if (rotated < headSize) {
            config.put("partial_rotary_factor", (double) rotated / headSize);
        }
    }

    /** The shortest decimals of these floats, as Python writes them. */
    private static List<Double> decimals(List<Float> divisors) {
        return divisors.stream().map(divisor -> Double.parseDouble(Float.toString(divisor))).toList();
    }
}

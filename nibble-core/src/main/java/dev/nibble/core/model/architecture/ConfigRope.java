package dev.nibble.core.model.architecture;

import dev.nibble.core.model.mapping.Config;
import dev.nibble.core.model.mapping.GgufHyperparameters;
import dev.nibble.error.UnsupportedException;
import dev.nibble.text.json.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * RoPE as described in config.json: {@code rope_theta} and {@code rope_scaling}, or both in {@code rope_parameters}.
 *
 * @param base base of the frequencies, {@code rope_theta}
 * @param type method of context extension, {@code default} for none
 * @param scaling its parameters
 */
record ConfigRope(double base, String type, Optional<Json> scaling) {
    private static final List<String> TYPES = List.of("default", "linear", "yarn", "llama3", "longrope", "su", "dynamic");
    static final double MAX = 1e12;
    private static final String FACTORS = "rope_freqs.weight";
    private static final String ORIGINAL = "original_max_position_embeddings";
    /** Marks a family whose YaRN bounds may be fractional. */
    static final String UNTRUNCATED = "untruncated";
    static final String TRUNCATE = "rope.scaling.yarn_truncate";
    /** YaRN's factor of the rotated values, as in config.json; computed from the factor if missing. */
    static final String YARN_MAGNITUDE = "rope.scaling.yarn_attn_factor";
    /** Factor of dynamic scaling; a key of Nibble's own. */
    static final String DYNAMIC = "rope.scaling.dynamic_factor";
    private static final String MAGNITUDE = "rope.scaling.attn_factor";
    private static final double YARN_SLOPE = 0.1; // YaRN's increase of magnitude per ln(factor), section 3.3

    static ConfigRope of(Config config, double defaultBase) {
        Optional<Json> scaling = config.value("rope_parameters", "rope_scaling");
        if (scaling.isPresent() && scaling.get().has("full_attention")) {
            scaling = scaling.get().get("full_attention");
        }
        Optional<Json> base = scaling.flatMap(s -> s.get("rope_theta")).or(() -> config.value("rope_theta", "rotary_emb_base"));
        Optional<Json> named = scaling.flatMap(s -> s.get("rope_type").or(() -> s.get("type")));
        String type = named.map(t -> t.string().toLowerCase(Locale.ROOT)).orElse("default");
        if (!TYPES.contains(type)) {
            throw named.orElseThrow().wrong("unknown RoPE scaling " + type + "; there are " + String.join(", ", TYPES));
        }
        if (!type.equals("default") && !type.equals("longrope") && !type.equals("su")) {
            scaling.orElseThrow().require("factor").real(Float.MIN_NORMAL, MAX);
        }
        return new ConfigRope(base.map(b -> b.real(Float.MIN_NORMAL, MAX)).orElse(defaultBase), type, scaling);
    }

    /** The rotated fraction of each head. */
    static double part(Config config, double fallback, String... names) {
        return config.value("rope_parameters").flatMap(rope -> rope.get("partial_rotary_factor")).or(() -> config.value(names))
                .map(part -> part.real(0, 1)).orElse(fallback);
    }

    /**
     * Writes the keys.
     *
     * @param factors the types with divisors stored as tensors in this family
     * @throws UnsupportedException for a type whose divisors are not stored
     */
    void writeMetadata(Config config, MetadataWriter keys, Consumer<String> warnings, String... factors) {
        keys.real("rope.freq_base", base);
        switch (type) {
            case "linear" -> keys.text("rope.scaling.type", "linear").real("rope.scaling.factor", number("factor", 1));
            case "yarn" -> describeYarn(config, keys, List.of(factors).contains(UNTRUNCATED), warnings);
            case "dynamic" -> {
                keys.real(DYNAMIC, number("factor", 1));
                warnings.accept("rope_scaling is dynamic, but llama.cpp does not scale contexts over the trained one");
            }
            case "default" -> {
            }
            default -> {
                if (!List.of(factors).contains(type)) {
                    throw new UnsupportedException(config.file() + ": rope_scaling of type " + type + " is not supported for model_type "
                            + config.modelType());
                }
            }
        }
    }

    /** The original context length, if the configuration states it. */
    OptionalInt original(Config config) {
        return scaling.flatMap(s -> s.get(ORIGINAL)).or(() -> config.value(ORIGINAL))
                .map(context -> OptionalInt.of(context.whole(1, Config.MAX_CONTEXT))).orElse(OptionalInt.empty());
    }

    private void describeYarn(Config config, MetadataWriter keys, boolean untruncated, Consumer<String> warnings) {
        Json yarn = scaling.orElseThrow();
        boolean truncated = yarn.get("truncate").map(Json::bool).orElse(true);
        if (!truncated && !untruncated) {
            throw yarn.require("truncate").wrong("false has no place in GGUF");
        }
        if (untruncated) {
            keys.flag(TRUNCATE, truncated);
        }
        if (!truncated) {
            warnings.accept("rope_scaling has truncate false, but llama.cpp rounds YaRN's bounds to whole pairs");
        }
        double factor = number("factor", 1);
        int original = original(config).orElseGet(() -> config.count(Config.MAX_CONTEXT, "max_position_embeddings"));
        keys.text("rope.scaling.type", "yarn").real("rope.scaling.factor", factor).whole("rope.scaling.original_context_length", original);
        optional(keys, "extrapolation_factor", "rope.scaling.yarn_ext_factor");
        double assumed = magnitude(factor, 1);
        double magnitude = yarnMagnitude(yarn, factor);
        if (magnitude != assumed || yarn.has("attention_factor")) {
            keys.real(YARN_MAGNITUDE, magnitude);
        }
        optional(keys, "beta_fast", "rope.scaling.yarn_beta_fast");
        optional(keys, "beta_slow", "rope.scaling.yarn_beta_slow");
        warnUnless("attention_factor", magnitude, assumed, warnings);
        yarn.get("beta_fast").ifPresent(beta -> warnUnless("beta_fast", beta.real(0, MAX), GgufRope.BETA_FAST, warnings));
        yarn.get("beta_slow").ifPresent(beta -> warnUnless("beta_slow", beta.real(0, MAX), GgufRope.BETA_SLOW, warnings));
    }

    /** Warns of a value of YaRN's that llama.cpp does not read. */
    private static void warnUnless(String name, double value, double assumed, Consumer<String> warnings) {
        if ((float) value != (float) assumed) {
            warnings.accept("rope_scaling has " + name + " " + (float) value + ", but llama.cpp computes with " + (float) assumed);
        }
    }

    private double yarnMagnitude(Json yarn, double factor) {
        if (yarn.has("attention_factor")) {
            return yarn.require("attention_factor").real(0, MAX);
        }
        if (yarn.has("mscale") && yarn.has("mscale_all_dim")) {
            return magnitude(factor, number("mscale", 1)) / magnitude(factor, number("mscale_all_dim", 1));
        }
        return yarn.get("attn_factor").map(value -> value.real(0, MAX)).orElse(1.0) * magnitude(factor, 1);
    }

    /** YaRN's factor of the rotated values, section 3.3. */
    static double magnitude(double factor, double scale) {
        return factor > 1 ? 1 + YARN_SLOPE * scale * Math.log(factor) : 1;
    }

    private void optional(MetadataWriter keys, String name, String gguf) {
        scaling.flatMap(s -> s.get(name)).ifPresent(value -> keys.real(gguf, value.real(0, MAX)));
    }

    private double number(String name, double otherwise) {
        return scaling.flatMap(s -> s.get(name)).map(value -> value.real(Float.MIN_NORMAL, MAX)).orElse(otherwise);
    }

    /** Adds Llama 3.1's tensor of frequency divisors, if the configuration asks for it. */
    void addFactors(TensorRules rules, int headSize) {
        if (type.equals("llama3")) {
            rules.computed(FACTORS, factors((float) base, headSize, (float) number("factor", 8), (float) number("low_freq_factor", 1),
                    (float) number("high_freq_factor", 4), (float) number("original_max_position_embeddings", 8192)));
        }
    }

    /**
     * One divisor per RoPE pair: 1 for short wavelengths, {@code factor} for those beyond the original context, interpolated in between. In
     * float, with PyTorch's steps.
     */
    static List<Float> factors(float base, int headSize, float factor, float low, float high, float context) {
        List<Float> factors = new ArrayList<>();
        for (int i = 0; i < headSize; i += 2) {
            float frequency = 1 / (float) Math.pow(base, (float) i / headSize);
            float wave = (float) (2 * Math.PI) / frequency;
            if (wave < context / high) {
                factors.add(1f);
            } else if (wave > context / low) {
                factors.add(factor);
            } else {
                float smooth = (context / wave - low) / (high - low);
                factors.add(1 / ((1 - smooth) / factor + smooth));
            }
        }
        return factors;
    }

    /** Restores {@code rope_theta} and {@code rope_scaling}. */
    static void restore(GgufHyperparameters facts, ConfigJsonBuilder config, double defaultBase, Consumer<String> warnings) {
        restore(facts, config, defaultBase, true, warnings);
    }

    /** Restores them for a family that rounds YaRN's bounds, or does not, unless the file says so. */
    static void restore(GgufHyperparameters facts, ConfigJsonBuilder config, double defaultBase, boolean truncated,
            Consumer<String> warnings) {
        double base = facts.optionalReal("rope.freq_base", Float.MIN_NORMAL, MAX).orElse(defaultBase);
        config.put("rope_theta", base);
        Map<String, Object> scaling = new LinkedHashMap<>();
        GgufScaling stored = GgufScaling.of(facts);
        OptionalDouble dynamic = facts.optionalReal(DYNAMIC, Float.MIN_NORMAL, MAX);
        double magnitude = facts.optionalReal(MAGNITUDE, Float.MIN_NORMAL, MAX).orElse(1);
        boolean plain = stored.type().equals("none") && dynamic.isEmpty() && !facts.has(FACTORS);
        if (stored.type().equals("yarn") || plain && magnitude != 1) {
            restoreYarn(facts, stored, magnitude, truncated, scaling);
        } else {
            if (stored.type().equals("linear")) {
                scaling.put("rope_type", "linear");
                scaling.put("factor", stored.factor());
            } else if (dynamic.isPresent()) {
                scaling.put("rope_type", "dynamic");
                scaling.put("factor", dynamic.getAsDouble());
            } else if (facts.has(FACTORS)) {
                restoreLlama3(facts.vector().apply(FACTORS), base, scaling, warnings);
            }
            if (magnitude != 1 && !stored.type().equals("longrope")) {
                warnings.accept(facts.prefix() + "." + MAGNITUDE + " is " + magnitude + ": config.json has no place for it beside "
                        + scaling.getOrDefault("rope_type", "these factors") + " scaling, and the directory computes otherwise");
            }
        }
        if (facts.has(FACTORS) && !stored.type().equals("none")) {
            warnings.accept(FACTORS + " has no place in config.json beside " + stored.type() + " scaling");
        }
        if (!scaling.isEmpty()) {
            config.put("rope_scaling", scaling);
        }
    }

    /** Restores YaRN's parameters; without stretching, a factor of the rotated values alone. */
    private static void restoreYarn(GgufHyperparameters facts, GgufScaling stored, double magnitude, boolean truncated,
            Map<String, Object> scaling) {
        scaling.put("rope_type", "yarn");
        scaling.put("factor", stored.factor());
        facts.optionalWhole("rope.scaling.original_context_length", 1, Config.MAX_CONTEXT)
                .ifPresent(context -> scaling.put(ORIGINAL, context));
        restoreReal(facts, scaling, "rope.scaling.yarn_ext_factor", "extrapolation_factor");
        if (!facts.flag(TRUNCATE, truncated)) {
            scaling.put("truncate", false);
        }
        OptionalDouble own = facts.optionalReal(YARN_MAGNITUDE, 0, MAX);
        if (own.isPresent() || magnitude != 1) {
            scaling.put("attention_factor", own.orElse(magnitude(stored.factor(), 1)) * magnitude);
        }
        restoreReal(facts, scaling, "rope.scaling.yarn_beta_fast", "beta_fast");
        restoreReal(facts, scaling, "rope.scaling.yarn_beta_slow", "beta_slow");
    }

    private static void restoreReal(GgufHyperparameters facts, Map<String, Object> scaling, String gguf, String name) {
        facts.optionalReal(gguf, 0, MAX).ifPresent(value -> scaling.put(name, value));
    }

    /**
     * Restores Llama 3's parameters, which cannot be derived from the factors: its known ones are used if they give these factors exactly.
     */
    private static void restoreLlama3(List<Float> factors, double base, Map<String, Object> scaling, Consumer<String> warnings) {
        float factor = factors.stream().max(Float::compare).orElse(1f);
        if (!factors.equals(factors((float) base, 2 * factors.size(), factor, 1, 4, 8192))) {
            warnings.accept(FACTORS + " is not of Llama 3's form: config.json has no rope_scaling, and contexts over 8192 suffer");
            return;
        }
        scaling.put("rope_type", "llama3");
        scaling.put("factor", Double.parseDouble(Float.toString(factor)));
        scaling.put("low_freq_factor", 1.0);
        scaling.put("high_freq_factor", 4.0);
        scaling.put("original_max_position_embeddings", 8192);
    }
}

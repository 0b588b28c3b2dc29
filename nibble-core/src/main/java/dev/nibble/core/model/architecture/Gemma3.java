package dev.nibble.core.model.architecture;

import dev.nibble.core.checkpoint.gguf.GgufMetadata;
import dev.nibble.core.model.Attention;
import dev.nibble.core.model.Model;
import dev.nibble.core.model.RopeVariants;
import dev.nibble.core.model.Weights;
import dev.nibble.core.model.mapping.Config;
import dev.nibble.core.model.mapping.Dimensions;
import dev.nibble.core.model.mapping.GgufHyperparameters;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntPredicate;

/**
 * The language model of Gemma 3: as Gemma 2, with queries and keys normalised per head instead of capped logits. The vision part is not
 * converted.
 */
final class Gemma3 extends Gemma2 {
    private static final double DEFAULT_LOCAL_BASE = 10_000;
    private static final double MAX_BASE = 1e12;
    private static final double MAX = 1e6;
    private static final Map<String, Integer> DEFAULT_SIZES = Map.of("vocab_size", 262_208, "num_attention_heads", 8, "num_key_value_heads",
            4,
            "head_dim", 256, "query_pre_attn_scalar", 256, "max_position_embeddings", 131_072, "sliding_window", 4096);
    private static final int GLOBAL_EVERY = 6;
    private static final IntPredicate LOCAL = SlidingWindows.allButEvery(GLOBAL_EVERY);
    private static final int LAYERS_OF_27B = 62;

    Gemma3() {
        super(new Names("gemma3_text", "gemma3", "Gemma3ForCausalLM"), 1_000_000);
    }

    @Override
    public List<String> modelTypes() {
        return List.of("gemma3_text", "gemma3");
    }

    @Override
    public Config language(Config config) {
        return config.nested("text_config").orElse(config).withDefaults(DEFAULT_SIZES);
    }

    @Override
    public Optional<String> canonicalName(String name) {
        if (name.contains("vision_tower.") || name.contains("multi_modal_projector.")) {
            return Optional.empty();
        }
        return Optional.of(name.replaceFirst("^language_model\\.", "").replaceFirst("^model\\.language_model\\.", "model."));
    }

    @Override
    boolean headNorms() {
        return true;
    }

    @Override
    public void writeMetadata(Config config, GgufMetadata metadata, Consumer<String> warnings) {
        if (config.has("attn_logit_softcapping")) {
            throw config.contradiction("attn_logit_softcapping is not part of Gemma 3");
        }
        Dimensions d = dimensions(config);
        MetadataWriter keys = new MetadataWriter(ggufName(), metadata);
        keys.sizes(d, true).rmsEpsilon(config.optionalReal(0, 1, "rms_norm_eps").orElse(1e-6), warnings).headSize(d);
        ConfigRope.of(config, ropeBase()).writeMetadata(config, keys, warnings);
        config.optionalReal(0, MAX, "final_logit_softcapping").ifPresent(cap -> keys.real("final_logit_softcapping", cap));
        keys.real("rope.freq_base_swa", localBase(config));
        keys.real("attention.scale", 1 / Math.sqrt(config.real(1, MAX, "query_pre_attn_scalar")))
                .activation(config, "hidden_activation", ACTIVATION, warnings);
        int period = config.optionalWhole(1, Config.MAX_LAYERS, "sliding_window_pattern", "_sliding_window_pattern").orElse(GLOBAL_EVERY);
        SlidingWindows windows = SlidingWindows.of(config, d.layers(), config.count(Config.MAX_CONTEXT, "sliding_window"),
                SlidingWindows.allButEvery(period));
        windows.writeMetadata(keys, LOCAL, warnings);
    }

    /** The RoPE base of sliding-window layers. */
    private static double localBase(Config config) {
        return config.value("rope_parameters").flatMap(rope -> rope.get("sliding_attention")).flatMap(rope -> rope.get("rope_theta"))
                .or(() -> config.value("rope_local_base_freq")).map(base -> base.real(Float.MIN_NORMAL, MAX_BASE))
                .orElse(DEFAULT_LOCAL_BASE);
    }

    @Override
    ConfigJsonBuilder restored(GgufHyperparameters facts, Consumer<String> warnings) {
        ConfigJsonBuilder config = new ConfigJsonBuilder(facts, "gemma3_text", "Gemma3ForCausalLM").groupedSizes().rmsEpsilon()
                .activation("hidden_activation", ACTIVATION).whole("sliding_window", WINDOW, Config.MAX_CONTEXT)
                .optionalReal("final_logit_softcapping", "final_logit_softcapping", MAX);
        SlidingWindows.read(facts, (int) facts.whole("block_count", 1, Config.MAX_LAYERS), LOCAL).restore(config, LOCAL);
        ConfigRope.restore(facts, config, ropeBase(), warnings);
        config.put("rope_local_base_freq", facts.optionalReal("rope.freq_base_swa", Float.MIN_NORMAL, MAX_BASE).orElse(DEFAULT_LOCAL_BASE));
        facts.optionalReal("attention.scale", Float.MIN_NORMAL, MAX)
                .ifPresent(scale -> config.put("query_pre_attn_scalar", Math.round(1 / (scale * scale))));
        return config;
    }

    @Override
    public Model build(GgufHyperparameters facts, Weights weights) {
        Parts parts = new Parts(facts, weights);
        GgufRope rotation = new GgufRope(parts, false, ropeBase());
        Optional<RopeVariants> global = rotation.positions();
        Optional<RopeVariants> local = rotation
                .unscaled(facts.optionalReal("rope.freq_base_swa", Float.MIN_NORMAL, MAX_BASE).orElse(DEFAULT_LOCAL_BASE));
        Attention.Geometry everything = parts.geometry().scaled(scale(facts, parts));
        SlidingWindows windows = parts.windows(LOCAL);
        return decoder(parts, (layer, i) -> attention(parts, layer, windows.of(everything, i), windows.local().get(i) ? local : global));
    }

    /** The attention scale, missing in llama.cpp's files: 27B divides by the root of hidden / heads. */
    private static double scale(GgufHyperparameters facts, Parts parts) {
        Dimensions d = parts.dimensions();
        double divisor = d.layers() == LAYERS_OF_27B ? (double) d.hidden() / d.heads() : d.headSize();
        return facts.optionalReal("attention.scale", Float.MIN_NORMAL, MAX).orElse(1 / Math.sqrt(divisor));
    }
}

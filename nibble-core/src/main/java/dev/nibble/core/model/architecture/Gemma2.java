package dev.nibble.core.model.architecture;

import dev.nibble.core.checkpoint.gguf.GgufMetadata;
import dev.nibble.core.model.Attention;
import dev.nibble.core.model.Decoder;
import dev.nibble.core.model.DecoderLayer;
import dev.nibble.core.model.Model;
import dev.nibble.core.model.RopeVariants;
import dev.nibble.core.model.Weights;
import dev.nibble.core.model.mapping.Config;
import dev.nibble.core.model.mapping.Dimensions;
import dev.nibble.core.model.mapping.GgufHyperparameters;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntPredicate;

/**
 * Gemma 2: soft-capped logits, and norms before and after each part, which multiply by 1 + weight in Hugging Face and by the weight in
 * GGUF.
 */
class Gemma2 extends LlamaLike {
    private static final double MAX = 1e6;
    static final String ACTIVATION = "gelu_pytorch_tanh";
    private static final IntPredicate EVEN = SlidingWindows.allButEvery(2);
    private static final long LAYERS_OF_27B = 46;

    Gemma2() {
        this(new Names("gemma2", "gemma2", "Gemma2ForCausalLM"), 10_000);
    }

    Gemma2(Names names, double ropeBase) {
        super(names, ropeBase);
    }

    @Override
    void norm(TensorRules rules, String name, String from, int width) {
        rules.plus(name + ".weight", from + ".weight", 1, width);
    }

    @Override
    void addBlock(TensorRules block, Config config, Dimensions d) {
        norm(block, "attn_norm", "input_layernorm", d.hidden());
        addAttention(block, config, d);
        norm(block, "post_attention_norm", "post_attention_layernorm", d.hidden());
        norm(block, "ffn_norm", "pre_feedforward_layernorm", d.hidden());
        addFeedForward(block, config, d);
        norm(block, "post_ffw_norm", "post_feedforward_layernorm", d.hidden());
    }

    @Override
    public void writeMetadata(Config config, GgufMetadata metadata, Consumer<String> warnings) {
        Dimensions d = Dimensions.of(config);
        MetadataWriter keys = new MetadataWriter(ggufName(), metadata);
        keys.sizes(d, true).rmsEpsilon(config.epsilon("rms_norm_eps"), warnings).headSize(d);
        ConfigRope.of(config, ropeBase()).writeMetadata(config, keys, warnings);
        keys.real("attn_logit_softcapping", config.real(0, MAX, "attn_logit_softcapping"))
                .real("final_logit_softcapping", config.real(0, MAX, "final_logit_softcapping"))
                .real("attention.scale", 1 / Math.sqrt(config.real(1, MAX, "query_pre_attn_scalar")))
                .activation(config, "hidden_activation", ACTIVATION, warnings);
        SlidingWindows.of(config, d.layers(), config.count(Config.MAX_CONTEXT, "sliding_window"), EVEN).writeMetadata(keys, EVEN, warnings);
    }

    @Override
    ConfigJsonBuilder restored(GgufHyperparameters facts, Consumer<String> warnings) {
        ConfigJsonBuilder config = new ConfigJsonBuilder(facts, "gemma2", "Gemma2ForCausalLM").groupedSizes().rmsEpsilon()
                .activation("hidden_activation", ACTIVATION)
                .whole("sliding_window", WINDOW, Config.MAX_CONTEXT)
                .optionalReal("attn_logit_softcapping", "attn_logit_softcapping", MAX)
                .optionalReal("final_logit_softcapping", "final_logit_softcapping", MAX);
        SlidingWindows.read(facts, (int) facts.whole("block_count", 1, Config.MAX_LAYERS), EVEN).restore(config, EVEN);
        double scale = scale(facts);
        config.put("query_pre_attn_scalar", Math.round(1 / (scale * scale)));
        ConfigRope.restore(facts, config, ropeBase(), warnings);
        return config;
    }

    /** The attention scale, missing in llama.cpp's files: by model size, 27B divides by the root of hidden / heads. */
    private static double scale(GgufHyperparameters facts) {
        double scalar = facts.whole("attention.key_length", 1, Config.MAX_WIDTH);
        if (facts.whole("block_count", 1, Config.MAX_LAYERS) == LAYERS_OF_27B) {
            scalar = (double) facts.whole("embedding_length", 1, Config.MAX_WIDTH)
                    / facts.whole("attention.head_count", 1, Config.MAX_WIDTH);
        }
        return facts.optionalReal("attention.scale", Float.MIN_NORMAL, MAX).orElse(1 / Math.sqrt(scalar));
    }

    @Override
    public Model build(GgufHyperparameters facts, Weights weights) {
        Parts parts = new Parts(facts, weights);
        Optional<RopeVariants> positions = new GgufRope(parts, false, ropeBase()).positions();
        Attention.Geometry global = parts.geometry().scaled(scale(facts)).capped(parts.cap("attn_logit_softcapping"));
        SlidingWindows windows = parts.windows(EVEN);
        return decoder(parts, (layer, i) -> attention(parts, layer, windows.of(global, i), positions));
    }

    /** Builds the attention of a layer from its weights and number. */
    interface LayerAttention {
        Attention of(Weights layer, int i);
    }

    /** A decoder with scaled embeddings, capped logits, and norms after each part. */
    static Decoder decoder(Parts parts, LayerAttention attention) {
        float scale = (float) Math.sqrt(parts.dimensions().hidden());
        return new Decoder(parts.embedding(), scale, Optional.empty(), parts.layers(i -> {
            Weights layer = parts.layer(i);
            return new DecoderLayer.Sequential(parts.rmsNorm(layer, "attn_norm"), attention.of(layer, i),
                    Optional.of(parts.rmsNorm(layer, "post_attention_norm")), parts.rmsNorm(layer, "ffn_norm"),
                    parts.gatedMlp(layer, ACTIVATION), Optional.of(parts.rmsNorm(layer, "post_ffw_norm")));
        }), parts.rmsNorm(parts.weights(), "output_norm"), parts.head(), parts.cap("final_logit_softcapping"),
                parts.dimensions().context());
    }
}

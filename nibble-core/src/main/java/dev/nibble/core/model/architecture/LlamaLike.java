package dev.nibble.core.model.architecture;

import dev.nibble.core.checkpoint.gguf.GgufMetadata;
import dev.nibble.core.model.Attention;
import dev.nibble.core.model.DecoderLayer;
import dev.nibble.core.model.FeedForward;
import dev.nibble.core.model.Model;
import dev.nibble.core.model.Norm;
import dev.nibble.core.model.RopeVariants;
import dev.nibble.core.model.Weights;
import dev.nibble.core.model.mapping.Config;
import dev.nibble.core.model.mapping.Dimensions;
import dev.nibble.core.model.mapping.GgufHyperparameters;
import dev.nibble.core.model.mapping.RowOrder;
import dev.nibble.core.model.mapping.TensorName;
import dev.nibble.core.model.mapping.TensorRule;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A family of Llama's form under Llama's names: RMS norms before attention and a gated feed-forward part, RoPE, grouped-query attention. A
 * family overrides only its differences.
 */
abstract class LlamaLike implements Family {
    static final String WINDOW = "attention.sliding_window";
    private static final String ACTIVATION = "silu";

    /** The names of a family: {@code model_type} and {@code architectures} of config.json, {@code general.architecture} of GGUF. */
    record Names(String modelType, String ggufName, String className) {}

    private final Names names;
    private final double ropeBase;

    /** @param ropeBase default RoPE base */
    LlamaLike(Names names, double ropeBase) {
        this.names = names;
        this.ropeBase = ropeBase;
    }

    @Override
    public List<String> modelTypes() {
        return List.of(names.modelType);
    }

    @Override
    public final String ggufName() {
        return names.ggufName;
    }

    final double ropeBase() {
        return ropeBase;
    }

    // tensors

    /** Whether the rows of queries and keys are in adjacent RoPE pairs in GGUF, as in the original Llama. */
    boolean interleaved() {
        return false;
    }

    /** Whether queries, keys and values have biases. */
    boolean queryBias(Config config) {
        return false;
    }

    boolean outputBias(Config config) {
        return false;
    }

    boolean feedForwardBias(Config config) {
        return false;
    }

    /** Whether the heads of queries and keys are normalised. */
    boolean headNorms() {
        return false;
    }

    /** Whether the bounds of YaRN are rounded to whole pairs, unless the file says so. */
    boolean truncated() {
        return true;
    }

    Dimensions dimensions(Config config) {
        return Dimensions.of(config).rotated(config);
    }

    @Override
    public final List<TensorRule> tensors(Config config) {
        Dimensions d = dimensions(config);
        TensorRules rules = new TensorRules();
        addFactors(rules, config, d);
        rules.same(TensorName.TOKEN_EMBEDDING, "model.embed_tokens.weight", d.vocabulary(), d.hidden());
        norm(rules, "output_norm", "model.norm", d.hidden());
        rules.optional(TensorName.OUTPUT, "lm_head.weight", d.vocabulary(), d.hidden());
        for (int i = 0; i < d.layers(); i++) {
            addBlock(rules.block(i, "model.layers."), config, d);
        }
        return rules.list();
    }

    /** Adds the divisors of RoPE frequencies computed from the configuration. */
    void addFactors(TensorRules rules, Config config, Dimensions d) {}

    void norm(TensorRules rules, String name, String from, int width) {
        rules.same(name + ".weight", from + ".weight", width);
    }

    void addBlock(TensorRules block, Config config, Dimensions d) {
        norm(block, "attn_norm", "input_layernorm", d.hidden());
        addAttention(block, config, d);
        norm(block, "ffn_norm", "post_attention_layernorm", d.hidden());
        addFeedForward(block, config, d);
    }

    void addAttention(TensorRules block, Config config, Dimensions d) {
        boolean bias = queryBias(config);
        projection(block, "q", d.queryWidth(), bias, d);
        projection(block, "k", d.kvWidth(), bias, d);
        block.linear("attn_v", "self_attn.v_proj", bias, d.kvWidth(), d.hidden());
        block.linear("attn_output", "self_attn.o_proj", outputBias(config), d.hidden(), d.queryWidth());
    }

    private void projection(TensorRules block, String letter, int outputs, boolean bias, Dimensions d) {
        String name = "attn_" + letter;
        String from = "self_attn." + letter + "_proj";
        if (interleaved()) {
            block.reordered(name, from, RowOrder.interleaved(d.headSize()), bias, outputs, d.hidden());
        } else {
            block.linear(name, from, bias, outputs, d.hidden());
        }
        if (headNorms()) {
            norm(block, name + "_norm", "self_attn." + letter + "_norm", d.headSize());
        }
    }

    void addFeedForward(TensorRules block, Config config, Dimensions d) {
        boolean bias = feedForwardBias(config);
        block.linear("ffn_gate", "mlp.gate_proj", bias, d.feedForward(), d.hidden());
        block.linear("ffn_up", "mlp.up_proj", bias, d.feedForward(), d.hidden());
        block.linear("ffn_down", "mlp.down_proj", bias, d.hidden(), d.feedForward());
    }

    // configuration

    @Override
    public void writeMetadata(Config config, GgufMetadata metadata, Consumer<String> warnings) {
        Dimensions d = dimensions(config);
        MetadataWriter keys = new MetadataWriter(ggufName(), metadata);
        keys.sizes(d, true);
        ConfigRope.of(config, ropeBase).writeMetadata(config, keys, warnings, ropeTypes());
        keys.rmsEpsilon(config.epsilon("rms_norm_eps"), warnings);
        describeHeads(config, d, keys);
        keys.activation(config, "hidden_act", ACTIVATION, warnings);
        describeRest(config, d, keys, warnings);
    }

    /** RoPE scaling types of this family beyond the common ones. */
    String[] ropeTypes() {
        return new String[0];
    }

    void describeHeads(Config config, Dimensions d, MetadataWriter keys) {
        keys.headSize(config, d);
    }

    /** Writes the keys specific to this family. */
    void describeRest(Config config, Dimensions d, MetadataWriter keys, Consumer<String> warnings) {}

    @Override
    public final Map<String, Object> config(GgufHyperparameters facts, Consumer<String> warnings) {
        return restored(facts, warnings).values();
    }

    ConfigJsonBuilder restored(GgufHyperparameters facts, Consumer<String> warnings) {
        ConfigJsonBuilder config = new ConfigJsonBuilder(facts, names.modelType, names.className).groupedSizes().rmsEpsilon()
                .activation("hidden_act", ACTIVATION);
        restore(facts, config);
        ConfigRope.restore(facts, config, ropeBase, truncated(), warnings);
        return config;
    }

    /** Restores the keys of {@link #describeRest}, and whether there are biases. */
    void restore(GgufHyperparameters facts, ConfigJsonBuilder config) {}

    // the model

    @Override
    public Model build(GgufHyperparameters facts, Weights weights) {
        Parts parts = new Parts(facts, weights);
        Optional<RopeVariants> positions = new GgufRope(parts, interleaved(), ropeBase).positions();
        SlidingWindows windows = parts.windows();
        return parts.decoder(parts.rmsNorm(weights, "output_norm"), i -> {
            Weights layer = parts.layer(i);
            return new DecoderLayer.Sequential(parts.rmsNorm(layer, "attn_norm"),
                    attention(parts, layer, windows.of(parts.geometry(), i), positions), parts.rmsNorm(layer, "ffn_norm"),
                    feedForward(parts, layer));
        });
    }

    final Attention attention(Parts parts, Weights layer, Attention.Geometry geometry, Optional<RopeVariants> positions) {
        return parts.attention(layer, geometry,
                new Attention.HeadNorms(headNorms(parts, layer, "attn_q_norm"), headNorms(parts, layer, "attn_k_norm")), positions);
    }

    private List<Norm> headNorms(Parts parts, Weights layer, String name) {
        return headNorms() ? List.of(parts.rmsNorm(layer, name, parts.dimensions().headSize())) : List.of();
    }

    FeedForward feedForward(Parts parts, Weights layer) {
        return parts.gatedMlp(layer, ACTIVATION);
    }
}

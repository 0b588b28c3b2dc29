package dev.nibble.core.model.architecture;

import dev.nibble.core.checkpoint.gguf.GgufMetadata;
import dev.nibble.core.model.Attention;
import dev.nibble.core.model.DecoderLayer;
import dev.nibble.core.model.FeedForward;
import dev.nibble.core.model.LayerNorm;
import dev.nibble.core.model.Model;
import dev.nibble.core.model.Norm;
import dev.nibble.core.model.RopeVariants;
import dev.nibble.core.model.Weights;
import dev.nibble.core.model.mapping.Config;
import dev.nibble.core.model.mapping.Dimensions;
import dev.nibble.core.model.mapping.GgufHyperparameters;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * StableLM 3B, 2 1.6B and 2 12B: Llama with LayerNorm and partly rotated heads; 12B computes attention and feed-forward in parallel and
 * normalises every head by its own vector, stacked in GGUF.
 */
final class StableLm extends LlamaLike {
    private static final double DEFAULT_ROTATED = 0.25;

    StableLm() {
        super(new Names("stablelm", "stablelm", "StableLmForCausalLM"), 10_000);
    }

    @Override
    public List<String> modelTypes() {
        return List.of("stablelm", "stablelm_epoch");
    }

    @Override
    Dimensions dimensions(Config config) {
        return Dimensions.of(config);
    }

    @Override
    boolean queryBias(Config config) {
        return config.flag("use_qkv_bias", false);
    }

    @Override
    void norm(TensorRules rules, String name, String from, int width) {
        rules.layerNorm(name, from, width);
    }

    @Override
    void addBlock(TensorRules block, Config config, Dimensions d) {
        norm(block, "attn_norm", "input_layernorm", d.hidden());
        addAttention(block, config, d);
        if (config.flag("qk_layernorm", false)) {
            block.stacked("attn_q_norm.weight", "self_attn.q_layernorm.norms.%d.weight", d.heads(), d.headSize());
            block.stacked("attn_k_norm.weight", "self_attn.k_layernorm.norms.%d.weight", d.keyHeads(), d.headSize());
        }
        if (!config.flag("use_parallel_residual", false)) {
            norm(block, "ffn_norm", "post_attention_layernorm", d.hidden());
        }
        addFeedForward(block, config, d);
    }

    @Override
    public void writeMetadata(Config config, GgufMetadata metadata, Consumer<String> warnings) {
        Dimensions d = Dimensions.of(config);
        double rotated = ConfigRope.part(config, DEFAULT_ROTATED, "partial_rotary_factor", "rope_pct");
        MetadataWriter keys = new MetadataWriter(ggufName(), metadata);
        keys.sizes(d, true).whole("rope.dimension_count", (long) (rotated * d.headSize()))
                .flag("use_parallel_residual", config.flag("use_parallel_residual", false))
                .normEpsilon(config.epsilon("layer_norm_eps", "norm_eps"), warnings).activation(config, "hidden_act", "silu", warnings);
        ConfigRope.of(config, ropeBase()).writeMetadata(config, keys, warnings);
    }

    @Override
    ConfigJsonBuilder restored(GgufHyperparameters facts, Consumer<String> warnings) {
        ConfigJsonBuilder config = new ConfigJsonBuilder(facts, "stablelm", "StableLmForCausalLM").groupedSizes()
                .normEpsilon("layer_norm_eps")
                .activation("hidden_act", "silu").put("use_qkv_bias", facts.has("blk.0.attn_q.bias"))
                .put("qk_layernorm", facts.has("blk.0.attn_q_norm.weight"))
                .put("use_parallel_residual", !facts.has("blk.0.ffn_norm.weight"));
        double headSize = (double) facts.whole("embedding_length", 1, Config.MAX_WIDTH)
                / facts.whole("attention.head_count", 1, Config.MAX_WIDTH);
        config.put("partial_rotary_factor", facts.whole("rope.dimension_count", 1, (long) headSize) / headSize);
        ConfigRope.restore(facts, config, ropeBase(), warnings);
        return config;
    }

    @Override
    public Model build(GgufHyperparameters facts, Weights weights) {
        Parts parts = new Parts(facts, weights);
        Optional<RopeVariants> positions = new GgufRope(parts, false, ropeBase()).positions();
        return parts.decoder(parts.layerNorm(weights, "output_norm"), i -> {
            Weights layer = parts.layer(i);
            Norm norm = parts.layerNorm(layer, "attn_norm");
            Attention attention = parts.attention(layer, parts.geometry(),
                    new Attention.HeadNorms(headNorms(parts, layer, "attn_q_norm", parts.dimensions().heads()),
                            headNorms(parts, layer, "attn_k_norm", parts.dimensions().keyHeads())),
                    positions);
            FeedForward feedForward = parts.gatedMlp(layer, "silu");
            return layer.has("ffn_norm.weight")
                    ? new DecoderLayer.Sequential(norm, attention, parts.layerNorm(layer, "ffn_norm"), feedForward)
                    : new DecoderLayer.Parallel(norm, attention, Optional.empty(), feedForward);
        });
    }

    /** One norm per head, from the rows of a matrix; empty if the model has none. */
    private static List<Norm> headNorms(Parts parts, Weights layer, String name, int heads) {
        List<Norm> norms = new ArrayList<>();
        if (layer.has(name + ".weight")) {
            int size = parts.dimensions().headSize();
            float[] rows = layer.matrix(name + ".weight", heads, size);
            double epsilon = parts.facts().real("attention.layer_norm_epsilon", 0, 1);
            for (int head = 0; head < heads; head++) {
                norms.add(new LayerNorm(Arrays.copyOfRange(rows, head * size, (head + 1) * size), new float[size], epsilon));
            }
        }
        return norms;
    }
}

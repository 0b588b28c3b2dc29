package dev.nibble.core.model.architecture;

import dev.nibble.core.checkpoint.gguf.GgufMetadata;
import dev.nibble.core.model.Attention;
import dev.nibble.core.model.DecoderLayer;
import dev.nibble.core.model.Model;
import dev.nibble.core.model.Norm;
import dev.nibble.core.model.RopeVariants;
import dev.nibble.core.model.Weights;
import dev.nibble.core.model.mapping.Config;
import dev.nibble.core.model.mapping.Dimensions;
import dev.nibble.core.model.mapping.GgufHyperparameters;
import dev.nibble.core.model.mapping.RowOrder;
import dev.nibble.core.model.mapping.SharedInputGroup;
import dev.nibble.core.model.mapping.TensorRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Falcon 7B, 40B and 11B: attention and feed-forward in parallel. Its fused projections are stored group by group, in GGUF as all queries,
 * all keys, all values. Falcon-RW has sequential parts and ALiBi instead of RoPE; llama.cpp does not support that form, its keys {@code
 * falcon.attention.max_alibi_bias} and {@code falcon.use_parallel_residual} are Nibble's own for this family.
 */
final class Falcon implements Family {
    private static final int DEFAULT_CONTEXT = 2048; // not in config.json
    private static final double DEFAULT_BASE = 10_000;
    private static final int MAX_HEADS = 1 << 14;
    private static final String ALIBI = "attention.max_alibi_bias";
    private static final double DEFAULT_ALIBI = 8;
    private static final double MAX_ALIBI = 1e3;
    private static final String PARALLEL = "use_parallel_residual";

    @Override
    public List<String> modelTypes() {
        return List.of("falcon", "RefinedWeb", "RefinedWebModel");
    }

    @Override
    public String ggufName() {
        return "falcon";
    }

    /** Groups of heads that share keys and values: one in 7B, {@code num_kv_heads} in 40B. */
    private static Dimensions dimensions(Config config) {
        int heads = config.count(MAX_HEADS, "num_attention_heads", "n_head");
        int keyHeads = config.optionalWhole(1, MAX_HEADS, "num_kv_heads", "n_head_kv").orElse(grouped(config) ? heads : 1);
        if (!grouped(config)) {
            keyHeads = config.flag("multi_query", true) ? 1 : heads;
        }
        return Dimensions
                .of(config, keyHeads, config.optionalWhole(1, Config.MAX_CONTEXT, "max_position_embeddings").orElse(DEFAULT_CONTEXT))
                .rotated(config);
    }

    private static boolean grouped(Config config) {
        return config.flag("new_decoder_architecture", config.modelType().equals("RefinedWeb"));
    }

    private static boolean twoNorms(Config config) {
        return grouped(config) && config.optionalWhole(1, 2, "num_ln_in_parallel_attn").orElse(2) == 2;
    }

    @Override
    public List<TensorRule> tensors(Config config) {
        Dimensions d = dimensions(config);
        boolean bias = config.flag("bias", false);
        RowOrder order = RowOrder.ungrouped(d.keyHeads(), d.heads() / d.keyHeads(), d.headSize());
        TensorRules rules = new TensorRules();
        rules.same("token_embd.weight", "transformer.word_embeddings.weight", d.vocabulary(), d.hidden());
        rules.layerNorm("output_norm", "transformer.ln_f", d.hidden());
        rules.optional("output.weight", "lm_head.weight", d.vocabulary(), d.hidden());
        for (int i = 0; i < d.layers(); i++) {
            TensorRules block = rules.block(i, "transformer.h.");
            if (twoNorms(config)) {
                block.layerNorm("attn_norm", "ln_mlp", d.hidden());
                block.layerNorm("attn_norm_2", "ln_attn", d.hidden());
            } else {
                block.layerNorm("attn_norm", "input_layernorm", d.hidden());
            }
            if (!config.flag("parallel_attn", true)) {
                block.layerNorm("ffn_norm", "post_attention_layernorm", d.hidden());
            }
            block.reordered("attn_qkv", "self_attention.query_key_value", order, bias, d.queryWidth() + 2L * d.kvWidth(), d.hidden());
            block.linear("attn_output", "self_attention.dense", bias, d.hidden(), d.queryWidth());
            block.linear("ffn_up", "mlp.dense_h_to_4h", bias, d.feedForward(), d.hidden());
            block.linear("ffn_down", "mlp.dense_4h_to_h", bias, d.hidden(), d.feedForward());
        }
        return rules.list();
    }

    @Override
    public void writeMetadata(Config config, GgufMetadata metadata, Consumer<String> warnings) {
        MetadataWriter keys = new MetadataWriter(ggufName(), metadata);
        keys.text("tensor_data_layout", "jploski").sizes(dimensions(config), true)
                .normEpsilon(config.optionalReal(0, 1, "layer_norm_epsilon").orElse(1e-5), warnings)
                .activation(config, "activation", "gelu", warnings);
        boolean parallel = config.flag("parallel_attn", true);
        if (config.flag("alibi", false) || !parallel) {
            warnings.accept("llama.cpp has no Falcon with alibi or without parallel_attn: only Nibble reads this file");
            keys.flag(PARALLEL, parallel);
        }
        if (config.flag("alibi", false)) {
            keys.real(ALIBI, DEFAULT_ALIBI);
        } else {
            ConfigRope.of(config, DEFAULT_BASE).writeMetadata(config, keys, warnings);
        }
    }

    @Override
    public Map<String, Object> config(GgufHyperparameters facts, Consumer<String> warnings) {
        long heads = facts.whole("attention.head_count", 1, MAX_HEADS);
        long keyHeads = facts.optionalWhole("attention.head_count_kv", 1, MAX_HEADS).orElse(1L);
        boolean twoNorms = facts.has("blk.0.attn_norm_2.weight");
        boolean grouped = twoNorms || (keyHeads > 1 && keyHeads < heads);
        ConfigJsonBuilder config = new ConfigJsonBuilder(facts, "falcon", "FalconForCausalLM")
                .whole("hidden_size", "embedding_length", Config.MAX_WIDTH)
                .whole("ffn_hidden_size", "feed_forward_length", Config.MAX_WIDTH * 4)
                .whole("num_hidden_layers", "block_count", Config.MAX_LAYERS).put("num_attention_heads", heads)
                .put("num_kv_heads", keyHeads).put("multi_query", keyHeads == 1).put("new_decoder_architecture", grouped)
                .whole("max_position_embeddings", "context_length", Config.MAX_CONTEXT).normEpsilon("layer_norm_epsilon")
                .put("parallel_attn", facts.flag(PARALLEL, true)).put("alibi", slope(facts) > 0)
                .put("bias", facts.has("blk.0.attn_qkv.bias"))
                .activation("activation", "gelu");
        if (grouped) {
            config.put("num_ln_in_parallel_attn", twoNorms ? 2 : 1);
        }
        ConfigRope.restore(facts, config, DEFAULT_BASE, warnings);
        return config.values();
    }

    @Override
    public List<SharedInputGroup> inputGroups(GgufHyperparameters facts) {
        String attention = facts.has("blk.0.attn_norm_2.weight") ? "attn_norm_2" : "attn_norm";
        return SharedInputGroup.standard(facts, attention, facts.flag(PARALLEL, true) ? "attn_norm" : "ffn_norm",
                SharedInputGroup.FeedForwardForm.NON_HOMOGENEOUS);
    }

    @Override
    public Model build(GgufHyperparameters facts, Weights weights) {
        Parts parts = new Parts(facts, weights);
        double bias = slope(facts);
        Optional<RopeVariants> positions = bias > 0 ? Optional.empty() : new GgufRope(parts, false, DEFAULT_BASE).positions();
        Attention.Geometry geometry = parts.geometry().sloping(slopes(parts, bias));
        boolean parallel = facts.flag(PARALLEL, true);
        return parts.decoder(parts.layerNorm(weights, "output_norm"), i -> {
            Weights layer = parts.layer(i);
            Norm norm = parts.layerNorm(layer, "attn_norm");
            Attention attention = parts.attention(layer, geometry, positions);
            if (!parallel) {
                return new DecoderLayer.Sequential(norm, attention, parts.layerNorm(layer, "ffn_norm"), parts.mlp(layer, "gelu"));
            }
            return layer.has("attn_norm_2.weight")
                    ? new DecoderLayer.Parallel(parts.layerNorm(layer, "attn_norm_2"), attention, Optional.of(norm),
                            parts.mlp(layer, "gelu"))
                    : new DecoderLayer.Parallel(norm, attention, Optional.empty(), parts.mlp(layer, "gelu"));
        });
    }

    private static double slope(GgufHyperparameters facts) {
        return facts.optionalReal(ALIBI, 0, MAX_ALIBI).orElse(0);
    }

    /** ALiBi slopes: a geometric sequence over the heads (Press et al. 2021, section 3). Falcon adds it before scores are scaled. */
    private static List<Float> slopes(Parts parts, double bias) {
        List<Float> slopes = new ArrayList<>();
        int heads = bias > 0 ? parts.dimensions().heads() : 0;
        int power = Integer.highestOneBit(Math.max(1, heads));
        for (int head = 0; head < heads; head++) {
            double exponent = head < power ? head + 1 : head - power + 0.5;
            slopes.add((float) (Math.pow(2, -bias * exponent / power) / Math.sqrt(parts.dimensions().headSize())));
        }
        return slopes;
    }
}

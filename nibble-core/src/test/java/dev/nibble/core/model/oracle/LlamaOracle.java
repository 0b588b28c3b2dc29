package dev.nibble.core.model.oracle;

import static dev.nibble.core.model.oracle.Arithmetic.add;
import static dev.nibble.core.model.oracle.Arithmetic.each;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * modeling_llama, and differences of modeling_mistral, _mixtral, _qwen2, _qwen3, _qwen2_moe and _qwen3_moe: biases, norms of heads, windows
 * of layers, and experts.
 */
final class LlamaOracle implements Oracle {
    private record Layer(UnaryOperator<double[]> inputNorm, SelfAttention attention, UnaryOperator<double[]> outputNorm,
            UnaryOperator<double[]> mlp, int window) {}

    private final HfConfig config;
    private final String family;
    private final int headSize;
    private final double[][] embedding;
    private final List<Layer> layers = new ArrayList<>();
    private final UnaryOperator<double[]> norm;
    private final double[][] head;

    LlamaOracle(HfConfig config, RandomTensors t) {
        this.config = config;
        family = config.text("model_type", "");
        int hidden = config.integer("hidden_size");
        headSize = config.integer("head_dim", family.startsWith("qwen3") ? 128 : hidden / config.integer("num_attention_heads"));
        embedding = t.matrix("model.embed_tokens.weight", config.integer("vocab_size"), hidden, 1);
        for (int i = 0; i < config.integer("num_hidden_layers"); i++) {
            String at = "model.layers." + i;
            layers.add(new Layer(rms(t, at + ".input_layernorm", hidden), attention(t, at + ".self_attn"),
                    rms(t, at + ".post_attention_layernorm", hidden), mlp(t, at, i), window(i)));
        }
        norm = rms(t, "model.norm", hidden);
        head = config.flag("tie_word_embeddings", false)
                ? embedding
                : t.matrix("lm_head.weight", config.integer("vocab_size"), hidden, 1 / Math.sqrt(hidden));
    }

    private UnaryOperator<double[]> rms(RandomTensors t, String name, int size) {
        return t.rmsNorm(name, size, config.number("rms_norm_eps", 1e-6), 0);
    }

    private SelfAttention attention(RandomTensors t, String at) {
        boolean bias = config.flag("attention_bias", false);
        boolean qwen2 = family.startsWith("qwen2");
        SelfAttention plain = SelfAttention.of(config, t, at, headSize, qwen2 ? config.flag("qkv_bias", true) : bias, !qwen2 && bias);
        return family.startsWith("qwen3")
                ? plain.normed(rms(t, at + ".q_norm", headSize), rms(t, at + ".k_norm", headSize))
                : plain;
    }

    private UnaryOperator<double[]> mlp(RandomTensors t, String at, int layer) {
        if (family.equals("mixtral")) {
            return Experts.mixtral(config, t, at + ".block_sparse_moe");
        }
        int hidden = config.integer("hidden_size");
        String activation = config.text("hidden_act", "silu");
        if (family.equals("qwen3_moe") && sparse(layer)) {
            return Experts.qwen(config, t, at + ".mlp");
        }
        if (family.equals("qwen2_moe") && sparse(layer)) {
            Experts experts = Experts.qwen(config, t, at + ".mlp");
            GatedMlp shared = GatedMlp.of(t, at + ".mlp.shared_expert", hidden, config.integer("shared_expert_intermediate_size"), false,
                    activation);
            UnaryOperator<double[]> gate = t.linear(at + ".mlp.shared_expert_gate", hidden, 1, false);
            return x -> add(experts.apply(x), Arithmetic.scaled(shared.apply(x), 1 / (1 + Math.exp(-gate.apply(x)[0]))));
        }
        return GatedMlp.of(t, at + ".mlp", hidden, config.integer("intermediate_size"), config.flag("mlp_bias", false), activation);
    }

    private boolean sparse(int layer) {
        return (layer + 1) % config.integer("decoder_sparse_step", 1) == 0;
    }

    /** Mistral and Mixtral: every layer; Qwen: from max_window_layers on (Qwen 3 MoE: every layer), if use_sliding_window. */
    private int window(int layer) {
        if (config.has("layer_types") && !config.json().get("layer_types").get(layer).asString().equals("sliding_attention")) {
            return 0;
        }
        return switch (family) {
            case "mistral", "mixtral" -> config.integer("sliding_window", 0);
            case "qwen2", "qwen3", "qwen2_moe" ->
                config.flag("use_sliding_window", false) && layer >= config.integer("max_window_layers", 0)
                        ? config.integer("sliding_window")
                        : 0;
            case "qwen3_moe" -> config.flag("use_sliding_window", false) ? config.integer("sliding_window") : 0;
            default -> 0;
        };
    }

    @Override
    public double[][] logits(int[] tokens) {
        double[][] x = new double[tokens.length][];
        for (int i = 0; i < tokens.length; i++) {
            x[i] = embedding[tokens[i]];
        }
        Rope rope = Rope.of(config, Rope.size(config, headSize), tokens.length);
        Scores scores = Scores.of(1 / Math.sqrt(headSize));
        for (Layer layer : layers) {
            x = add(x, layer.attention.of(each(x, layer.inputNorm), rope, scores.within(layer.window)));
            x = add(x, each(each(x, layer.outputNorm), layer.mlp));
        }
        return each(each(x, norm), row -> Arithmetic.multiply(head, row));
    }
}

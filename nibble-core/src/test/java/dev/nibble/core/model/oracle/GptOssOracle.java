package dev.nibble.core.model.oracle;

import static dev.nibble.core.model.oracle.Arithmetic.add;
import static dev.nibble.core.model.oracle.Arithmetic.each;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** modeling_gpt_oss: experts as plain tensors, [experts][inputs][outputs], gates and ups interleaved. */
final class GptOssOracle implements Oracle {
    private record Layer(UnaryOperator<double[]> inputNorm, SelfAttention attention, double[] sinks, UnaryOperator<double[]> outputNorm,
            UnaryOperator<double[]> mlp, int window) {}

    private final HfConfig config;
    private final int headSize;
    private final double[][] embedding;
    private final List<Layer> layers = new ArrayList<>();
    private final UnaryOperator<double[]> norm;
    private final double[][] head;

    GptOssOracle(HfConfig config, RandomTensors t) {
        this.config = config;
        int hidden = config.integer("hidden_size");
        double eps = config.number("rms_norm_eps", 1e-5);
        headSize = config.integer("head_dim", 64);
        embedding = t.matrix("model.embed_tokens.weight", config.integer("vocab_size"), hidden, 1);
        for (int i = 0; i < config.integer("num_hidden_layers"); i++) {
            String at = "model.layers." + i;
            boolean bias = config.flag("attention_bias", true);
            boolean local = config.has("layer_types")
                    ? config.json().get("layer_types").get(i).asString().equals("sliding_attention")
                    : i % 2 == 0;
            layers.add(new Layer(t.rmsNorm(at + ".input_layernorm", hidden, eps, 0),
                    SelfAttention.of(config, t, at + ".self_attn", headSize, bias, bias),
                    t.vector(at + ".self_attn.sinks", config.integer("num_attention_heads"), 0.5, 1),
                    t.rmsNorm(at + ".post_attention_layernorm", hidden, eps, 0), experts(t, at + ".mlp"),
                    local ? config.integer("sliding_window", 128) : 0));
        }
        norm = t.rmsNorm("model.norm", hidden, eps, 0);
        head = config.flag("tie_word_embeddings", false)
                ? embedding
                : t.matrix("lm_head.weight", config.integer("vocab_size"), hidden, 1 / Math.sqrt(hidden));
    }

    /** Softmax over the chosen experts only. */
    private UnaryOperator<double[]> experts(RandomTensors t, String at) {
        int hidden = config.integer("hidden_size");
        int inner = config.integer("intermediate_size");
        int count = config.integer("num_local_experts");
        int used = config.integer("num_experts_per_tok");
        double limit = config.number("swiglu_limit", 7);
        UnaryOperator<double[]> router = t.linear(at + ".router", hidden, count, true);
        double[][][] both = t.stack(at + ".experts.gate_up_proj", count, hidden, 2 * inner, 3 / Math.sqrt(hidden));
        double[][] bothBias = t.matrix(at + ".experts.gate_up_proj_bias", count, 2 * inner, 0.5);
        double[][][] down = t.stack(at + ".experts.down_proj", count, inner, hidden, 1 / Math.sqrt(inner));
        double[][] downBias = t.matrix(at + ".experts.down_proj_bias", count, hidden, 0.3);
        return x -> {
            double[] scores = router.apply(x);
            int[] best = IntStream.range(0, count).boxed().sorted(Comparator.comparingDouble(e -> -scores[e])).limit(used)
                    .mapToInt(e -> e).toArray();
            double[] shares = Arithmetic.softmax(IntStream.of(best).mapToDouble(e -> scores[e]).toArray());
            double[] y = new double[hidden];
            for (int k = 0; k < used; k++) {
                int e = best[k];
                double[] gateUp = add(Arithmetic.multiply(Arithmetic.transpose(both[e]), x), bothBias[e]);
                double[] gated = new double[inner];
                for (int i = 0; i < inner; i++) {
                    double gate = Math.min(gateUp[2 * i], limit);
                    double up = Math.max(-limit, Math.min(gateUp[2 * i + 1], limit));
                    gated[i] = (up + 1) * gate / (1 + Math.exp(-1.702 * gate));
                }
                double[] out = add(Arithmetic.multiply(Arithmetic.transpose(down[e]), gated), downBias[e]);
                y = add(y, Arithmetic.scaled(out, shares[k]));
            }
            return y;
        };
    }

    @Override
    public double[][] logits(int[] tokens) {
        double[][] x = new double[tokens.length][];
        for (int i = 0; i < tokens.length; i++) {
            x[i] = embedding[tokens[i]];
        }
        Rope rope = Rope.of(config, headSize, tokens.length);
        Scores scores = Scores.of(1 / Math.sqrt(headSize));
        for (Layer layer : layers) {
            x = add(x, layer.attention.of(each(x, layer.inputNorm), rope, scores.within(layer.window).sinking(layer.sinks)));
            x = add(x, each(each(x, layer.outputNorm), layer.mlp));
        }
        return each(each(x, norm), row -> Arithmetic.multiply(head, row));
    }
}

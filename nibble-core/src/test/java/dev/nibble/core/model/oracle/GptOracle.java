package dev.nibble.core.model.oracle;

import static dev.nibble.core.model.oracle.Arithmetic.add;
import static dev.nibble.core.model.oracle.Arithmetic.columns;
import static dev.nibble.core.model.oracle.Arithmetic.each;

import java.util.function.UnaryOperator;

/** modeling_gpt2 and modeling_gpt_neo: learned positions, layer norms before attention and MLP. */
final class GptOracle implements Oracle {
    private final HfConfig c;
    private final RandomTensors t;
    private final boolean neo;
    private final int hidden;
    private final int heads;
    private final String root;

    /** @param root "transformer.", or "" in the first files of GPT-2 */
    GptOracle(HfConfig config, RandomTensors tensors, String root) {
        c = config;
        t = tensors;
        neo = c.text("model_type", "").equals("gpt_neo");
        hidden = c.integer(neo ? "hidden_size" : "n_embd");
        heads = c.integer(neo ? "num_heads" : "n_head");
        this.root = root;
    }

    @Override
    public double[][] logits(int[] tokens) {
        double[][] embedding = t.matrix(root + "wte.weight", c.integer("vocab_size"), hidden, 1);
        double[][] places = t.matrix(root + "wpe.weight", c.integer(neo ? "max_position_embeddings" : "n_positions"), hidden, 0.5);
        double[][] x = new double[tokens.length][];
        for (int i = 0; i < tokens.length; i++) {
            x[i] = add(embedding[tokens[i]], places[i]);
        }
        for (int i = 0; i < c.integer(neo ? "num_layers" : "n_layer"); i++) {
            String at = root + "h." + i;
            double[][] normed = each(x, norm(at + ".ln_1"));
            x = add(x, neo ? neoAttention(normed, at + ".attn.attention", i) : attention(normed, at + ".attn", i));
            x = add(x, each(each(x, norm(at + ".ln_2")), mlp(at + ".mlp")));
        }
        double[][] head = c.flag("tie_word_embeddings", true)
                ? embedding
                : t.matrix("lm_head.weight", c.integer("vocab_size"), hidden, 1 / Math.sqrt(hidden));
        return each(each(x, norm(root + "ln_f")), row -> Arithmetic.multiply(head, row));
    }

    private UnaryOperator<double[]> norm(String name) {
        return t.layerNorm(name, hidden, c.number("layer_norm_epsilon", 1e-5), true);
    }

    private double[][] attention(double[][] x, String at, int layer) {
        double[][] fused = each(x, t.conv1d(at + ".c_attn", hidden, 3 * hidden));
        double scale = c.flag("scale_attn_weights", true) ? 1 / Math.sqrt((double) hidden / heads) : 1;
        if (c.flag("scale_attn_by_inverse_layer_idx", false)) {
            scale /= layer + 1;
        }
        double[][] mixed = Scores.of(scale).attend(columns(fused, 0, hidden), columns(fused, hidden, hidden),
                columns(fused, 2 * hidden, hidden), hidden / heads);
        return each(mixed, t.conv1d(at + ".c_proj", hidden, hidden));
    }

    /** Unscaled scores; local layers attend to window_size tokens, the current one included. */
    private double[][] neoAttention(double[][] x, String at, int layer) {
        Scores scores = Scores.of(1).within(local(layer) ? c.integer("window_size", 256) : 0);
        double[][] mixed = scores.attend(each(x, t.linear(at + ".q_proj", hidden, hidden, false)),
                each(x, t.linear(at + ".k_proj", hidden, hidden, false)), each(x, t.linear(at + ".v_proj", hidden, hidden, false)),
                hidden / heads);
        return each(mixed, t.linear(at + ".out_proj", hidden, hidden, true));
    }

    /** attention_types [[["global", "local"], 2], …]: each list repeated. */
    private boolean local(int layer) {
        int at = 0;
        for (var group : c.json().get("attention_types")) {
            for (int repeat = 0; repeat < group.get(1).asInt(); repeat++) {
                for (var kind : group.get(0)) {
                    if (at++ == layer) {
                        return kind.asString().equals("local");
                    }
                }
            }
        }
        throw new IllegalStateException("attention_types has no layer " + layer);
    }

    private UnaryOperator<double[]> mlp(String at) {
        int inner = c.integer(neo ? "intermediate_size" : "n_inner", 4 * hidden);
        var activation = Arithmetic.activation(c.text("activation_function", "gelu_new"));
        UnaryOperator<double[]> up = neo ? t.linear(at + ".c_fc", hidden, inner, true) : t.conv1d(at + ".c_fc", hidden, inner);
        UnaryOperator<double[]> down = neo ? t.linear(at + ".c_proj", inner, hidden, true) : t.conv1d(at + ".c_proj", inner, hidden);
        return x -> down.apply(Arithmetic.map(up.apply(x), activation));
    }
}

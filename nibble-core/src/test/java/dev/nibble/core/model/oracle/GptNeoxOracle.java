package dev.nibble.core.model.oracle;

import static dev.nibble.core.model.oracle.Arithmetic.add;
import static dev.nibble.core.model.oracle.Arithmetic.each;

import java.util.function.UnaryOperator;

/** modeling_gpt_neox: query, key and value of each head in one matrix, partly rotated heads, attention and MLP in parallel. */
final class GptNeoxOracle implements Oracle {
    private final HfConfig c;
    private final RandomTensors t;
    private final int hidden;
    private final int headSize;

    GptNeoxOracle(HfConfig config, RandomTensors tensors) {
        c = config;
        t = tensors;
        hidden = c.integer("hidden_size");
        headSize = hidden / c.integer("num_attention_heads");
    }

    @Override
    public double[][] logits(int[] tokens) {
        double[][] embedding = t.matrix("gpt_neox.embed_in.weight", c.integer("vocab_size"), hidden, 1);
        double[][] x = new double[tokens.length][];
        for (int i = 0; i < tokens.length; i++) {
            x[i] = embedding[tokens[i]];
        }
        for (int i = 0; i < c.integer("num_hidden_layers"); i++) {
            String at = "gpt_neox.layers." + i;
            double[][] attended = attention(each(x, norm(at + ".input_layernorm")), at + ".attention");
            double[][] input = c.flag("use_parallel_residual", true) ? x : add(x, attended);
            double[][] fed = each(each(input, norm(at + ".post_attention_layernorm")), mlp(at + ".mlp"));
            x = add(add(x, attended), fed);
        }
        double[][] head = c.flag("tie_word_embeddings", false)
                ? embedding
                : t.matrix("embed_out.weight", c.integer("vocab_size"), hidden, 1 / Math.sqrt(hidden));
        return each(each(x, norm("gpt_neox.final_layer_norm")), row -> Arithmetic.multiply(head, row));
    }

    private UnaryOperator<double[]> norm(String name) {
        return t.layerNorm(name, hidden, c.number("layer_norm_eps", 1e-5), true);
    }

    private double[][] attention(double[][] x, String at) {
        boolean bias = c.flag("attention_bias", true);
        double[][] fused = each(x, t.linear(at + ".query_key_value", hidden, 3 * hidden, bias));
        int turning = (int) (headSize * c.number("rotary_pct", 0.25));
        Rope rope = c.has("rope_scaling") || c.has("rope_parameters")
                ? Rope.of(c, turning, x.length)
                : Rope.plain(c.number("rotary_emb_base", 10000), turning);
        double[][] mixed = Scores.of(1 / Math.sqrt(headSize)).attend(rope.turn(third(fused, 0), headSize),
                rope.turn(third(fused, 1), headSize), third(fused, 2), headSize);
        return each(mixed, t.linear(at + ".dense", hidden, hidden, bias));
    }

    /** view(heads, 3 * headSize), of each head the part {@code which}. */
    private double[][] third(double[][] fused, int which) {
        return each(fused, row -> {
            double[] part = new double[hidden];
            for (int i = 0; i < hidden; i++) {
                part[i] = row[i / headSize * 3 * headSize + which * headSize + i % headSize];
            }
            return part;
        });
    }

    private UnaryOperator<double[]> mlp(String at) {
        UnaryOperator<double[]> up = t.linear(at + ".dense_h_to_4h", hidden, c.integer("intermediate_size"), true);
        UnaryOperator<double[]> down = t.linear(at + ".dense_4h_to_h", c.integer("intermediate_size"), hidden, true);
        var activation = Arithmetic.activation(c.text("hidden_act", "gelu"));
        return x -> down.apply(Arithmetic.map(up.apply(x), activation));
    }
}

package dev.nibble.core.model.oracle;

import static dev.nibble.core.model.oracle.Arithmetic.add;
import static dev.nibble.core.model.oracle.Arithmetic.each;

import java.util.function.UnaryOperator;

/** modeling_falcon: 7B (one key head, one norm), 40B (groups, two norms), 11B (groups, one norm), RW (no sharing, alibi, sequential). */
final class FalconOracle implements Oracle {
    private final HfConfig c;
    private final RandomTensors t;
    private final int hidden;
    private final int heads;
    private final int keyHeads;
    private final int headSize;
    private final boolean grouped;
    private final boolean bias;

    FalconOracle(HfConfig config, RandomTensors tensors) {
        c = config;
        t = tensors;
        hidden = c.integer("hidden_size");
        heads = c.integer("num_attention_heads");
        headSize = hidden / heads;
        grouped = c.flag("new_decoder_architecture", false);
        keyHeads = grouped ? c.integer("num_kv_heads", heads) : c.flag("multi_query", true) ? 1 : heads;
        bias = c.flag("bias", false);
    }

    @Override
    public double[][] logits(int[] tokens) {
        double[][] embedding = t.matrix("transformer.word_embeddings.weight", c.integer("vocab_size"), hidden, 1);
        double[][] x = new double[tokens.length][];
        for (int i = 0; i < tokens.length; i++) {
            x[i] = embedding[tokens[i]];
        }
        for (int i = 0; i < c.integer("num_hidden_layers"); i++) {
            x = layer(x, "transformer.h." + i);
        }
        double[][] head = c.flag("tie_word_embeddings", true)
                ? embedding
                : t.matrix("lm_head.weight", c.integer("vocab_size"), hidden, 1 / Math.sqrt(hidden));
        return each(each(x, norm("transformer.ln_f")), row -> Arithmetic.multiply(head, row));
    }

    private double[][] layer(double[][] x, String at) {
        if (grouped && c.integer("num_ln_in_parallel_attn", 2) == 2) {
            double[][] attended = attention(each(x, norm(at + ".ln_attn")), at + ".self_attention");
            return add(x, add(attended, each(each(x, norm(at + ".ln_mlp")), mlp(at + ".mlp"))));
        }
        double[][] normed = each(x, norm(at + ".input_layernorm"));
        double[][] attended = attention(normed, at + ".self_attention");
        if (grouped || c.flag("parallel_attn", true)) {
            return add(x, add(attended, each(normed, mlp(at + ".mlp"))));
        }
        double[][] between = add(x, attended);
        return add(between, each(each(between, norm(at + ".post_attention_layernorm")), mlp(at + ".mlp")));
    }

    private UnaryOperator<double[]> norm(String name) {
        return t.layerNorm(name, hidden, c.number("layer_norm_epsilon", 1e-5), true);
    }

    private double[][] attention(double[][] x, String at) {
        double[][] fused = each(x, t.linear(at + ".query_key_value", hidden, (heads + 2 * keyHeads) * headSize, bias));
        double[][] q = part(fused, 0);
        double[][] k = part(fused, 1);
        double[][] v = part(fused, 2);
        double scale = 1 / Math.sqrt(headSize);
        double[][] mixed;
        if (c.flag("alibi", false)) {
            mixed = new Scores(scale, 0, 0, Arithmetic.scaled(slopes(), scale)).attend(q, k, v, headSize);
        } else {
            Rope rope = Rope.of(c, headSize, x.length);
            mixed = Scores.of(scale).attend(rope.turn(q, headSize), rope.turn(k, headSize), v, headSize);
        }
        return each(mixed, t.linear(at + ".dense", hidden, hidden, bias));
    }

    /** The matrix is groups of queries, one key, one value: one group in 7B, one query per group in RW. 0: queries, 1: keys, 2: values. */
    private double[][] part(double[][] fused, int which) {
        int perGroup = heads / keyHeads;
        int count = which == 0 ? perGroup : 1;
        int first = which == 0 ? 0 : perGroup + which - 1;
        return each(fused, row -> {
            double[] result = new double[keyHeads * count * headSize];
            for (int group = 0; group < keyHeads; group++) {
                System.arraycopy(row, (group * (perGroup + 2) + first) * headSize, result, group * count * headSize, count * headSize);
            }
            return result;
        });
    }

    /** build_alibi_tensor; the scores, with these added, are scaled afterwards. */
    private double[] slopes() {
        int power = Integer.highestOneBit(heads);
        double[] slopes = new double[heads];
        for (int h = 0; h < heads; h++) {
            slopes[h] = h < power ? Math.pow(2, -8.0 * (h + 1) / power) : Math.pow(2, -4.0 * (2 * (h - power) + 1) / power);
        }
        return slopes;
    }

    private UnaryOperator<double[]> mlp(String at) {
        int inner = c.integer("ffn_hidden_size", 4 * hidden);
        UnaryOperator<double[]> up = t.linear(at + ".dense_h_to_4h", hidden, inner, bias);
        UnaryOperator<double[]> down = t.linear(at + ".dense_4h_to_h", inner, hidden, bias);
        var activation = Arithmetic.activation(c.text("activation", "gelu"));
        return x -> down.apply(Arithmetic.map(up.apply(x), activation));
    }
}

package dev.nibble.core.model.oracle;

import static dev.nibble.core.model.oracle.Arithmetic.add;
import static dev.nibble.core.model.oracle.Arithmetic.each;

import java.util.function.UnaryOperator;

/** modeling_stablelm: layer norms, partly rotated heads; in 12B each head has its own norm, and attention and MLP are parallel. */
final class StableLmOracle implements Oracle {
    private final HfConfig c;
    private final RandomTensors t;
    private final int hidden;
    private final int headSize;

    StableLmOracle(HfConfig config, RandomTensors tensors) {
        c = config;
        t = tensors;
        hidden = c.integer("hidden_size");
        headSize = hidden / c.integer("num_attention_heads");
    }

    @Override
    public double[][] logits(int[] tokens) {
        double[][] embedding = t.matrix("model.embed_tokens.weight", c.integer("vocab_size"), hidden, 1);
        double[][] x = new double[tokens.length][];
        for (int i = 0; i < tokens.length; i++) {
            x[i] = embedding[tokens[i]];
        }
        for (int i = 0; i < c.integer("num_hidden_layers"); i++) {
            String at = "model.layers." + i;
            double[][] normed = each(x, norm(at + ".input_layernorm"));
            double[][] attended = attention(normed, at + ".self_attn");
            GatedMlp mlp = GatedMlp.of(t, at + ".mlp", hidden, c.integer("intermediate_size"), false, c.text("hidden_act", "silu"));
            x = c.flag("use_parallel_residual", false)
                    ? add(add(x, attended), each(normed, mlp))
                    : add(add(x, attended), each(each(add(x, attended), norm(at + ".post_attention_layernorm")), mlp));
        }
        double[][] head = c.flag("tie_word_embeddings", false)
                ? embedding
                : t.matrix("lm_head.weight", c.integer("vocab_size"), hidden, 1 / Math.sqrt(hidden));
        return each(each(x, norm("model.norm")), row -> Arithmetic.multiply(head, row));
    }

    private UnaryOperator<double[]> norm(String name) {
        return t.layerNorm(name, hidden, c.number("layer_norm_eps", 1e-5), true);
    }

    private double[][] attention(double[][] x, String at) {
        int heads = c.integer("num_attention_heads");
        int keyHeads = c.integer("num_key_value_heads", heads);
        boolean bias = c.flag("use_qkv_bias", false);
        double[][] q = each(x, t.linear(at + ".q_proj", hidden, heads * headSize, bias));
        double[][] k = each(x, t.linear(at + ".k_proj", hidden, keyHeads * headSize, bias));
        double[][] v = each(x, t.linear(at + ".v_proj", hidden, keyHeads * headSize, bias));
        if (c.flag("qk_layernorm", false)) {
            q = headNorms(q, at + ".q_layernorm");
            k = headNorms(k, at + ".k_layernorm");
        }
        double part = c.number("partial_rotary_factor", 0.25);
        Rope rope = Rope.of(c, (int) (headSize * part), x.length);
        double[][] mixed = Scores.of(1 / Math.sqrt(headSize)).attend(rope.turn(q, headSize), rope.turn(k, headSize), v, headSize);
        return each(mixed, t.linear(at + ".o_proj", hidden, hidden, false));
    }

    /** StableLmLayerNormPerHead: a norm without bias for each head. */
    private double[][] headNorms(double[][] rows, String at) {
        double[][] result = new double[rows.length][rows[0].length];
        for (int h = 0; h < rows[0].length / headSize; h++) {
            UnaryOperator<double[]> norm = t.layerNorm(at + ".norms." + h, headSize, c.number("layer_norm_eps", 1e-5), false);
            for (int i = 0; i < rows.length; i++) {
                System.arraycopy(norm.apply(java.util.Arrays.copyOfRange(rows[i], h * headSize, (h + 1) * headSize)), 0, result[i],
                        h * headSize, headSize);
            }
        }
        return result;
    }
}

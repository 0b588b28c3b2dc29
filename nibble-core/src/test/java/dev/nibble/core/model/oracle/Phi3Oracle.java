package dev.nibble.core.model.oracle;

import static dev.nibble.core.model.oracle.Arithmetic.add;
import static dev.nibble.core.model.oracle.Arithmetic.columns;
import static dev.nibble.core.model.oracle.Arithmetic.each;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;

/** modeling_phi3: one matrix for queries, keys and values, one for gate and up. */
final class Phi3Oracle implements Oracle {
    private final HfConfig c;
    private final RandomTensors t;
    private final int hidden;
    private final int headSize;

    Phi3Oracle(HfConfig config, RandomTensors tensors) {
        c = config;
        t = tensors;
        hidden = c.integer("hidden_size");
        headSize = c.integer("head_dim", hidden / c.integer("num_attention_heads"));
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
            x = add(x, attention(each(x, rms(at + ".input_layernorm")), at + ".self_attn"));
            x = add(x, each(each(x, rms(at + ".post_attention_layernorm")), mlp(at + ".mlp")));
        }
        double[][] head = c.flag("tie_word_embeddings", false)
                ? embedding
                : t.matrix("lm_head.weight", c.integer("vocab_size"), hidden, 1 / Math.sqrt(hidden));
        return each(each(x, rms("model.norm")), row -> Arithmetic.multiply(head, row));
    }

    private UnaryOperator<double[]> rms(String name) {
        return t.rmsNorm(name, hidden, c.number("rms_norm_eps", 1e-5), 0);
    }

    private double[][] attention(double[][] x, String at) {
        int queries = c.integer("num_attention_heads") * headSize;
        int keys = c.integer("num_key_value_heads", c.integer("num_attention_heads")) * headSize;
        double[][] fused = each(x, t.linear(at + ".qkv_proj", hidden, queries + 2 * keys, false));
        Rope rope = Rope.of(c, Rope.size(c, headSize), x.length);
        double[][] mixed = Scores.of(1 / Math.sqrt(headSize)).within(c.integer("sliding_window", 0)).attend(
                rope.turn(columns(fused, 0, queries), headSize), rope.turn(columns(fused, queries, keys), headSize),
                columns(fused, queries + keys, keys), headSize);
        return each(mixed, t.linear(at + ".o_proj", queries, hidden, false));
    }

    private UnaryOperator<double[]> mlp(String at) {
        int inner = c.integer("intermediate_size");
        UnaryOperator<double[]> gateUp = t.linear(at + ".gate_up_proj", hidden, 2 * inner, false);
        UnaryOperator<double[]> down = t.linear(at + ".down_proj", inner, hidden, false);
        DoubleUnaryOperator activation = Arithmetic.activation(c.text("hidden_act", "silu"));
        return x -> {
            double[] both = gateUp.apply(x);
            double[] gate = Arrays.copyOf(both, inner);
            double[] up = Arrays.copyOfRange(both, inner, 2 * inner);
            return down.apply(Arithmetic.product(up, Arithmetic.map(gate, activation)));
        };
    }
}

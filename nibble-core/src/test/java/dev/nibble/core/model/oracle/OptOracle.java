package dev.nibble.core.model.oracle;

import static dev.nibble.core.model.oracle.Arithmetic.add;
import static dev.nibble.core.model.oracle.Arithmetic.each;

import java.util.function.UnaryOperator;

/** modeling_opt: learned positions from row 2 on, norms before (or, as in OPT-350m, after) attention and MLP. */
final class OptOracle implements Oracle {
    private final HfConfig c;
    private final RandomTensors t;
    private final int hidden;
    private final boolean bias;

    OptOracle(HfConfig config, RandomTensors tensors) {
        c = config;
        t = tensors;
        hidden = c.integer("hidden_size");
        bias = c.flag("enable_bias", true);
    }

    @Override
    public double[][] logits(int[] tokens) {
        double[][] embedding = t.matrix("model.decoder.embed_tokens.weight", c.integer("vocab_size"), hidden, 1);
        double[][] places = t.matrix("model.decoder.embed_positions.weight", c.integer("max_position_embeddings") + 2, hidden, 0.5);
        double[][] x = new double[tokens.length][];
        for (int i = 0; i < tokens.length; i++) {
            x[i] = add(embedding[tokens[i]], places[i + 2]);
        }
        for (int i = 0; i < c.integer("num_hidden_layers"); i++) {
            String at = "model.decoder.layers." + i;
            x = add(x, attention(each(x, norm(at + ".self_attn_layer_norm")), at + ".self_attn"));
            x = add(x, each(each(x, norm(at + ".final_layer_norm")), mlp(at)));
        }
        double[][] head = c.flag("tie_word_embeddings", true)
                ? embedding
                : t.matrix("lm_head.weight", c.integer("vocab_size"), hidden, 1 / Math.sqrt(hidden));
        return each(each(x, norm("model.decoder.final_layer_norm")), row -> Arithmetic.multiply(head, row));
    }

    private UnaryOperator<double[]> norm(String name) {
        return t.layerNorm(name, hidden, 1e-5, true);
    }

    private double[][] attention(double[][] x, String at) {
        int headSize = hidden / c.integer("num_attention_heads");
        double[][] mixed = Scores.of(1 / Math.sqrt(headSize)).attend(each(x, t.linear(at + ".q_proj", hidden, hidden, bias)),
                each(x, t.linear(at + ".k_proj", hidden, hidden, bias)), each(x, t.linear(at + ".v_proj", hidden, hidden, bias)), headSize);
        return each(mixed, t.linear(at + ".out_proj", hidden, hidden, bias));
    }

    private UnaryOperator<double[]> mlp(String at) {
        UnaryOperator<double[]> up = t.linear(at + ".fc1", hidden, c.integer("ffn_dim"), bias);
        UnaryOperator<double[]> down = t.linear(at + ".fc2", c.integer("ffn_dim"), hidden, bias);
        var activation = Arithmetic.activation(c.text("activation_function", "relu"));
        return x -> down.apply(Arithmetic.map(up.apply(x), activation));
    }
}

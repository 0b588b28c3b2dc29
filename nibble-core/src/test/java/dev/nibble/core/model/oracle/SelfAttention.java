package dev.nibble.core.model.oracle;

import static dev.nibble.core.model.oracle.Arithmetic.each;

import java.util.function.UnaryOperator;

/** self_attn with q_proj, k_proj, v_proj, o_proj and rotary positions: Llama and similar families. */
record SelfAttention(UnaryOperator<double[]> query, UnaryOperator<double[]> key, UnaryOperator<double[]> value,
        UnaryOperator<double[]> output, UnaryOperator<double[]> queryNorm, UnaryOperator<double[]> keyNorm, int headSize) {

    static SelfAttention of(HfConfig c, RandomTensors t, String at, int headSize, boolean inputBias, boolean outputBias) {
        int hidden = c.integer("hidden_size");
        int heads = c.integer("num_attention_heads");
        int keyHeads = c.integer("num_key_value_heads", heads);
        return new SelfAttention(t.linear(at + ".q_proj", hidden, heads * headSize, inputBias),
                t.linear(at + ".k_proj", hidden, keyHeads * headSize, inputBias),
                t.linear(at + ".v_proj", hidden, keyHeads * headSize, inputBias),
                t.linear(at + ".o_proj", heads * headSize, hidden, outputBias), head -> head, head -> head, headSize);
    }

    /** Attention with a norm over each head of queries and keys before rotation. */
    SelfAttention normed(UnaryOperator<double[]> ofQueries, UnaryOperator<double[]> ofKeys) {
        return new SelfAttention(query, key, value, output, ofQueries, ofKeys, headSize);
    }

    double[][] of(double[][] x, Rope rope, Scores scores) {
        double[][] q = rope.turn(each(each(x, query), Rope.perHead(headSize, queryNorm)), headSize);
        double[][] k = rope.turn(each(each(x, key), Rope.perHead(headSize, keyNorm)), headSize);
        return each(scores.attend(q, k, each(x, value), headSize), output);
    }
}

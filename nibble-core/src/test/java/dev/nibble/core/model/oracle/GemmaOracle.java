package dev.nibble.core.model.oracle;

import static dev.nibble.core.model.oracle.Arithmetic.add;
import static dev.nibble.core.model.oracle.Arithmetic.each;

import java.util.function.UnaryOperator;

/** modeling_gemma2 and modeling_gemma3 (text): four norms per layer, sliding-window layers and full-attention layers. */
final class GemmaOracle implements Oracle {
    private final HfConfig c;
    private final RandomTensors t;
    private final boolean third;
    private final int hidden;
    private final int headSize;

    GemmaOracle(HfConfig config, RandomTensors tensors) {
        c = config;
        t = tensors;
        third = c.text("model_type", "").equals("gemma3_text");
        hidden = c.integer("hidden_size");
        headSize = c.integer("head_dim", 256);
    }

    @Override
    public double[][] logits(int[] tokens) {
        double[][] embedding = t.matrix("model.embed_tokens.weight", c.integer("vocab_size"), hidden, 0.3);
        double[][] x = new double[tokens.length][];
        for (int i = 0; i < tokens.length; i++) {
            x[i] = Arithmetic.scaled(embedding[tokens[i]], Math.sqrt(hidden));
        }
        for (int i = 0; i < c.integer("num_hidden_layers"); i++) {
            String at = "model.layers." + i;
            double[][] mixed = attention(each(x, rms(at + ".input_layernorm", hidden)), at + ".self_attn", local(i));
            x = add(x, each(mixed, rms(at + ".post_attention_layernorm", hidden)));
            GatedMlp mlp = GatedMlp.of(t, at + ".mlp", hidden, c.integer("intermediate_size"), false,
                    c.text("hidden_activation", "gelu_pytorch_tanh"));
            double[][] fed = each(each(x, rms(at + ".pre_feedforward_layernorm", hidden)), mlp);
            x = add(x, each(fed, rms(at + ".post_feedforward_layernorm", hidden)));
        }
        double cap = third ? c.number("final_logit_softcapping", 0) : c.number("final_logit_softcapping", 30);
        double[][] logits = each(each(x, rms("model.norm", hidden)), row -> Arithmetic.multiply(embedding, row));
        return cap == 0 ? logits : each(logits, row -> Arithmetic.map(row, logit -> cap * Math.tanh(logit / cap)));
    }

    private boolean local(int layer) {
        if (c.has("layer_types")) {
            return c.json().get("layer_types").get(layer).asString().equals("sliding_attention");
        }
        return (layer + 1) % (third ? c.integer("sliding_window_pattern", 6) : 2) != 0;
    }

    private UnaryOperator<double[]> rms(String name, int size) {
        return t.rmsNorm(name, size, c.number("rms_norm_eps", 1e-6), 1);
    }

    private double[][] attention(double[][] x, String at, boolean local) {
        SelfAttention attention = SelfAttention.of(c, t, at, headSize, false, false);
        if (third) {
            attention = attention.normed(rms(at + ".q_norm", headSize), rms(at + ".k_norm", headSize));
        }
        double scale = 1 / Math.sqrt(c.number("query_pre_attn_scalar", 256));
        double cap = third ? 0 : c.number("attn_logit_softcapping", 50);
        return attention.of(x, rope(local, x.length), new Scores(scale, local ? c.integer("sliding_window") : 0, cap, new double[0]));
    }

    private Rope rope(boolean local, int length) {
        if (!third) {
            return Rope.of(c, headSize, length);
        }
        if (c.has("rope_parameters")) {
            HfConfig rope = c.under("rope_parameters").under(local ? "sliding_attention" : "full_attention");
            double theta = rope.number("rope_theta", Double.NaN);
            return Rope.linear(theta, headSize, rope.text("rope_type", "default").equals("linear") ? rope.number("factor", 1) : 1);
        }
        return local ? Rope.plain(c.number("rope_local_base_freq", 10000), headSize) : Rope.of(c, headSize, length);
    }
}

package dev.nibble.core.model.oracle;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** A router's best experts, weighted by its softmax over all experts; {@code renormalized}: weights sum to 1. */
record Experts(UnaryOperator<double[]> router, List<GatedMlp> experts, int used, boolean renormalized) implements UnaryOperator<double[]> {

    /** block_sparse_moe of Mixtral: w1 is the gate, w2 leads down, w3 up. */
    static Experts mixtral(HfConfig c, RandomTensors t, String at) {
        int hidden = c.integer("hidden_size");
        int inner = c.integer("intermediate_size");
        int count = c.integer("num_local_experts");
        List<GatedMlp> experts = new ArrayList<>();
        for (int e = 0; e < count; e++) {
            String expert = at + ".experts." + e;
            experts.add(new GatedMlp(t.linear(expert + ".w1", hidden, inner, false), t.linear(expert + ".w3", hidden, inner, false),
                    t.linear(expert + ".w2", inner, hidden, false), Arithmetic.activation(c.text("hidden_act", "silu"))));
        }
        return new Experts(t.linear(at + ".gate", hidden, count, false), experts, c.integer("num_experts_per_tok"), true);
    }

    /** mlp of the Qwen mixtures. */
    static Experts qwen(HfConfig c, RandomTensors t, String at) {
        int hidden = c.integer("hidden_size");
        int count = c.integer("num_experts");
        List<GatedMlp> experts = new ArrayList<>();
        for (int e = 0; e < count; e++) {
            experts.add(GatedMlp.of(t, at + ".experts." + e, hidden, c.integer("moe_intermediate_size"), false,
                    c.text("hidden_act", "silu")));
        }
        return new Experts(t.linear(at + ".gate", hidden, count, false), experts, c.integer("num_experts_per_tok"),
                c.flag("norm_topk_prob", false));
    }

    @Override
    public double[] apply(double[] x) {
        double[] shares = Arithmetic.softmax(router.apply(x));
        List<Integer> best = IntStream.range(0, shares.length).boxed().sorted((a, b) -> Double.compare(shares[b], shares[a]))
                .limit(used).toList();
        double sum = renormalized ? best.stream().mapToDouble(e -> shares[e]).sum() : 1;
        double[] y = new double[x.length];
        for (int e : best) {
            y = Arithmetic.add(y, Arithmetic.scaled(experts.get(e).apply(x), shares[e] / sum));
        }
        return y;
    }
}

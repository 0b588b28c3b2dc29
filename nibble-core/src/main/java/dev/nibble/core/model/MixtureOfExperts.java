package dev.nibble.core.model;

import dev.nibble.core.kernel.Matrix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Several feed-forward parts, of which every token takes the top k by router score: Fedus et al. 2021; Jiang et al. 2024, "Mixtral of
 * Experts", section 2.1.
 *
 * @param router hidden → one logit per expert; the weights are their softmax
 * @param used experts per token
 * @param normalised whether the weights of the chosen experts are scaled to sum 1
 * @param shared additional expert for every token
 */
public record MixtureOfExperts(Linear router, List<FeedForward> experts, int used, boolean normalised,
        Optional<SharedExpert> shared) implements FeedForward {
    /** An expert for every token, scaled by σ(gate(x)). */
    public record SharedExpert(FeedForward expert, Linear gate) {}

    /** A row given to an expert, with the weight of its output. */
    private record Assignment(int row, float share) {}

    public MixtureOfExperts {
        experts = List.copyOf(experts);
        if (used < 1 || used > experts.size()) {
            throw new IllegalArgumentException(used + " of " + experts.size() + " experts per token");
        }
    }

    @Override
    public void apply(Matrix x, Matrix y) {
        Arrays.fill(y.data(), y.from(), y.at(y.rows()), 0);
        List<List<Assignment>> assignments = route(x);
        for (int i = 0; i < experts.size(); i++) {
            if (!assignments.get(i).isEmpty()) {
                add(experts.get(i), assignments.get(i), x, y);
            }
        }
        shared.ifPresent(part -> add(part.expert(), gated(part.gate(), x), x, y));
    }

    private List<List<Assignment>> route(Matrix x) {
        Matrix scores = Matrix.of(x.rows(), experts.size());
        router.apply(x, scores);
        List<List<Assignment>> assignments = new ArrayList<>();
        experts.forEach(expert -> assignments.add(new ArrayList<>()));
        for (int row = 0; row < x.rows(); row++) {
            double[] shares = softmax(scores, row);
            int[] best = best(shares);
            double sum = normalised ? Arrays.stream(best).mapToDouble(expert -> shares[expert]).sum() : 1;
            for (int expert : best) {
                assignments.get(expert).add(new Assignment(row, (float) (shares[expert] / sum)));
            }
        }
        return assignments;
    }

    private double[] softmax(Matrix scores, int row) {
        double[] shares = new double[experts.size()];
        Arrays.setAll(shares, i -> scores.data()[scores.at(row) + i]);
        double largest = Arrays.stream(shares).max().orElseThrow();
        Arrays.setAll(shares, i -> Math.exp(shares[i] - largest));
        double sum = Arrays.stream(shares).sum();
        Arrays.setAll(shares, i -> shares[i] / sum);
        return shares;
    }

    /** The indexes of the {@link #used} largest, the first of equals. */
    private int[] best(double[] shares) {
        boolean[] taken = new boolean[shares.length];
        int[] best = new int[used];
        for (int i = 0; i < used; i++) {
            int next = -1;
            for (int expert = 0; expert < shares.length; expert++) {
                if (!taken[expert] && (next < 0 || shares[expert] > shares[next])) {
                    next = expert;
                }
            }
            taken[next] = true;
            best[i] = next;
        }
        return best;
    }

    private static List<Assignment> gated(Linear gate, Matrix x) {
        Matrix scores = Matrix.of(x.rows(), 1);
        gate.apply(x, scores);
        List<Assignment> all = new ArrayList<>();
        for (int row = 0; row < x.rows(); row++) {
            all.add(new Assignment(row, (float) (1 / (1 + Math.exp(-scores.data()[row])))));
        }
        return all;
    }

    /** Runs one expert on its rows, and adds its weighted outputs. */
    private static void add(FeedForward expert, List<Assignment> taken, Matrix x, Matrix y) {
        Matrix in = Matrix.of(taken.size(), x.columns());
        for (int i = 0; i < taken.size(); i++) {
            System.arraycopy(x.data(), x.at(taken.get(i).row()), in.data(), in.at(i), x.columns());
        }
        Matrix out = Matrix.of(taken.size(), y.columns());
        expert.apply(in, out);
        for (int i = 0; i < taken.size(); i++) {
            int target = y.at(taken.get(i).row());
            for (int column = 0; column < y.columns(); column++) {
                y.data()[target + column] += taken.get(i).share() * out.data()[out.at(i) + column];
            }
        }
    }
}

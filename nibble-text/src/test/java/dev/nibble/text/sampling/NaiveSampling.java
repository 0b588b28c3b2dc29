package dev.nibble.text.sampling;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The sampler steps as their papers define them, on sorted lists, with full sums. */
final class NaiveSampling {
    record Scored(int id, float logit) {}

    private NaiveSampling() {}

    static List<Scored> ranked(List<Scored> tokens) {
        return tokens.stream().filter(t -> t.logit > Float.NEGATIVE_INFINITY)
                .sorted(Comparator.comparingDouble((Scored t) -> -t.logit + 0f).thenComparingInt(Scored::id)).toList();
    }

    static List<Double> probabilities(List<Scored> tokens) {
        double largest = tokens.stream().mapToDouble(Scored::logit).max().orElseThrow();
        double total = tokens.stream().mapToDouble(t -> StrictMath.exp(t.logit - largest)).sum();
        return tokens.stream().map(t -> StrictMath.exp(t.logit - largest) / total).toList();
    }

    /** k of Basu et al. 2020, algorithm 1, from the probabilities of at most 100 tokens and the limit mu in bits. */
    static double mirostatK(List<Scored> tokens, int vocabulary, double mu) {
        List<Double> p = probabilities(ranked(tokens));
        double above = 0;
        double below = 0;
        for (int i = 1; i < Math.min(100, p.size()); i++) {
            double t = StrictMath.log((i + 1.0) / i);
            above += t * StrictMath.log(p.get(i - 1) / p.get(i));
            below += t * t;
        }
        double s = above / below;
        return StrictMath.pow((s - 1) * StrictMath.pow(2, mu) / (1 - StrictMath.pow(vocabulary, 1 - s)), 1 / s);
    }

    static List<Scored> topK(List<Scored> tokens, int k) {
        return k == 0 ? tokens : ranked(tokens).stream().limit(k).toList();
    }

    static List<Scored> topP(List<Scored> tokens, float p) {
        return p >= 1 ? tokens : untilMass(ranked(tokens), probabilities(ranked(tokens)), p);
    }

    static List<Scored> minP(List<Scored> tokens, float p) {
        List<Double> probabilities = probabilities(tokens);
        double largest = probabilities.stream().max(Double::compare).orElseThrow();
        List<Scored> kept = new ArrayList<>();
        for (int i = 0; i < tokens.size(); i++) {
            if (probabilities.get(i) >= p * largest) {
                kept.add(tokens.get(i));
            }
        }
        return kept;
    }

    static List<Scored> typical(List<Scored> tokens, float p) {
        List<Scored> ranked = ranked(tokens);
        List<Double> probabilities = probabilities(ranked);
        Map<Scored, Double> probability = new java.util.HashMap<>();
        for (int i = 0; i < ranked.size(); i++) {
            probability.put(ranked.get(i), probabilities.get(i));
        }
        double entropy = probability.values().stream().mapToDouble(q -> q == 0 ? 0 : -q * StrictMath.log(q)).sum();
        List<Scored> near = ranked.stream()
                .sorted(Comparator.comparingDouble(t -> (float) Math.abs(-StrictMath.log(probability.get(t)) - entropy))).toList();
        return untilMass(near, near.stream().map(probability::get).toList(), p);
    }

    private static List<Scored> untilMass(List<Scored> tokens, List<Double> probabilities, float p) {
        List<Scored> kept = new ArrayList<>();
        double sum = 0;
        for (int i = 0; i < tokens.size() && (i == 0 || sum < p); i++) {
            kept.add(tokens.get(i));
            sum += probabilities.get(i);
        }
        return kept;
    }

    static List<Scored> penalties(List<Scored> tokens, List<Integer> history, Penalties penalties) {
        int from = penalties.lastN() < 0 ? 0 : Math.max(0, history.size() - penalties.lastN());
        Map<Integer, Long> counts = history.subList(from, history.size()).stream()
                .collect(Collectors.groupingBy(t -> t, Collectors.counting()));
        return tokens.stream().map(t -> {
            long count = counts.getOrDefault(t.id, 0L);
            float repeated = t.logit > 0 ? t.logit / penalties.repeat() : t.logit * penalties.repeat();
            return count == 0 ? t : new Scored(t.id, repeated - count * penalties.frequency() - penalties.presence());
        }).toList();
    }
}

package dev.nibble;

import java.util.List;

/**
 * Divergence of a model from its original over a text. Errors are standard errors of means, computed as if tokens were independent.
 *
 * @param base perplexity of the original
 * @param model perplexity of this model
 * @param ratio model perplexity divided by base perplexity
 * @param meanKl mean Kullback–Leibler divergence of the next-token distributions, in nats
 * @param klAt percentiles of the divergence at {@link #FRACTIONS}
 * @param maxKl largest divergence
 * @param topAgreement fraction of positions where both predict the same most probable token
 * @param meanDeltaP mean change of the probability of the actual token
 * @param rmsDeltaP root mean square of that change
 * @param meanCosine mean over tokens of the cosine similarity of both models' logits, each centred on its mean
 */
public record Divergence(Perplexity base, Perplexity model, double ratio, double ratioError, double meanKl, double meanKlError,
        List<Double> klAt,
        double maxKl, double topAgreement, double topAgreementError, double meanDeltaP, double rmsDeltaP, double meanCosine) {
    /** Median, 90, 95, 99 and 99.9 %. */
    public static final List<Double> FRACTIONS = List.of(0.5, 0.9, 0.95, 0.99, 0.999);

    public Divergence {
        klAt = List.copyOf(klAt);
    }

    public double medianKl() {
        return klAt.get(0);
    }

    public double p99Kl() {
        return klAt.get(3);
    }
}

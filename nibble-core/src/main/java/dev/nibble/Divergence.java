package dev.nibble;

import java.util.List;

/**
 * How far a model is from the one it was made of, over a text. Errors are standard errors of means, of tokens taken for independent.
 *
 * @param base           perplexity of the original
 * @param model          and of this model
 * @param ratio          of the second to the first
 * @param meanKl         mean divergence of the distributions over the next token, in nats
 * @param klAt           its percentiles at {@link #FRACTIONS}
 * @param maxKl          the largest
 * @param topAgreement   fraction of tokens where both have the same likeliest one
 * @param meanDeltaP     mean change of the probability of the token that came
 * @param rmsDeltaP      root of the mean square of it
 * @param meanCosine     mean over tokens of the cosine between both models' logits, each around its mean
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

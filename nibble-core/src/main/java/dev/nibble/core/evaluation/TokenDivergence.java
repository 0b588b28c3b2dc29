package dev.nibble.core.evaluation;

/**
 * How far two models are apart on one token.
 *
 * @param window      it is in, from 0 on
 * @param position    in the window
 * @param token       the one that came
 * @param baseNll     {@code −log p(token)} of the base
 * @param nll         of the other model
 * @param kl          {@code Σ p · (log p − log q)} over all tokens, p of the base; nats
 * @param baseBest    likeliest token of the base
 * @param best        of the other model
 * @param cosine      of the angle between their logits, each around its mean: 1 where they differ by scale and offset only
 */
public record TokenDivergence(int window, int position, int token, double baseNll, double nll, double kl, int baseBest, int best,
        double cosine) {
    /** By how much the probability of the token that came has changed. */
    public double deltaP() {
        return Math.exp(-nll) - Math.exp(-baseNll);
    }
}

package dev.nibble.core.evaluation;

/**
 * Divergence of a model from its base on one token.
 *
 * @param window index of its window
 * @param position position in the window
 * @param token the actual token
 * @param baseNll {@code −log p(token)} of the base
 * @param nll {@code −log p(token)} of the other model
 * @param kl {@code Σ p · (log p − log q)} over all tokens, p of the base; nats
 * @param baseBest most probable token of the base
 * @param best most probable token of the other model
 * @param cosine cosine similarity of their logits, each centred on its mean: 1 if they differ only by scale and offset
 */
public record TokenDivergence(int window, int position, int token, double baseNll, double nll, double kl, int baseBest, int best,
        double cosine) {
    /** Change of the probability of the actual token. */
    public double deltaP() {
        return Math.exp(-nll) - Math.exp(-baseNll);
    }
}

package dev.nibble.text.sampling;

/** State kept by sampler steps from token to token: the history, and mirostat's limit on surprise. */
public final class SamplerState {
    private final TokenHistory history = new TokenHistory();
    private final int[] counts;
    private double surpriseLimit = Double.NaN;

    SamplerState(int vocabularySize) {
        this.counts = new int[vocabularySize];
    }

    TokenHistory history() {
        return history;
    }

    /** One counter per token; all zero between steps. */
    int[] counts() {
        return counts;
    }

    /** Mirostat's mu in bits: {@code initially} until the first token was drawn. */
    double surpriseLimit(double initially) {
        if (Double.isNaN(surpriseLimit)) {
            surpriseLimit = initially;
        }
        return surpriseLimit;
    }

    /** Moves the limit by eta · (tau − surprise of the drawn token). */
    void observe(double probability, double tau, double eta) {
        double negativeLogLikelihood = -StrictMath.log(probability) / StrictMath.log(2);
        surpriseLimit = surpriseLimit(2 * tau) - eta * (negativeLogLikelihood - tau);
    }
}

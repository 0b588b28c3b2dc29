package dev.nibble.core.model.oracle;

/** A causal language model as a formula: all positions at once, no cache. */
interface Oracle {
    /** Logits [tokens][vocabulary] after each of {@code tokens}. */
    double[][] logits(int[] tokens);
}

package dev.nibble.text.sampling;

/** Restriction of an answer's tokens beside their logits, such as a grammar. It follows one answer; not for several threads. */
public interface TokenConstraint {
    /** Sets the logits of the tokens that may not come next to −Infinity; logits are by token id. */
    void mask(float[] logits);

    /** Goes on behind the token that was drawn. */
    void accept(int token);

    /** Allows everything. */
    static TokenConstraint none() {
        return Unconstrained.INSTANCE;
    }

    /** Allows everything. */
    enum Unconstrained implements TokenConstraint {
        INSTANCE;

        @Override
        public void mask(float[] logits) {}

        @Override
        public void accept(int token) {}
    }
}

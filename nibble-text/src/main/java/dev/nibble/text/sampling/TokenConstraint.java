package dev.nibble.text.sampling;

/** Restriction of an answer's tokens, such as a grammar. Follows one answer; not thread-safe. */
public interface TokenConstraint {
    /** Sets the logits of the tokens that may not come next to −Infinity; logits are by token id. */
    void mask(float[] logits);

    /** Advances past the drawn token. */
    void accept(int token);

    /** Returns whether the answer is over although no token has to say so: nothing may come next. */
    default boolean exhausted() {
        return false;
    }

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

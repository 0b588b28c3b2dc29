package dev.nibble.text.grammar;

import dev.nibble.text.sampling.TokenConstraint;
import java.util.Arrays;

/** Constraint that keeps one answer to a grammar. Created by {@link TokenGrammar#constraint}; not thread-safe. */
public final class GrammarConstraint implements TokenConstraint {
    private final TokenGrammar grammar;
    private GrammarState state;
    private boolean ended;

    GrammarConstraint(TokenGrammar grammar) {
        this.grammar = grammar;
        this.state = grammar.start();
    }

    /** Returns whether the grammar may end here, so that end tokens are allowed. */
    public boolean mayEnd() {
        return state.accepting();
    }

    /** Returns whether the answer has ended, or can only end here. */
    public boolean complete() {
        return ended || state.stacks().isEmpty();
    }

    /** Returns whether the answer has ended, or can only end here and the vocabulary has no token that ends it. */
    @Override
    public boolean exhausted() {
        return ended || !grammar.hasEnd() && mayEnd() && isEmpty(grammar.allowed(state));
    }

    private static boolean isEmpty(long[] tokens) {
        return Arrays.stream(tokens).allMatch(bits -> bits == 0);
    }

    /** Returns whether this token may come next. */
    public boolean allows(int token) {
        if (grammar.tokens().endOfGeneration(token)) {
            return mayEnd();
        }
        byte[] bytes = grammar.tokens().bytes(token);
        return !ended && bytes.length > 0 && !grammar.follow(state, bytes).dead();
    }

    /** @throws GrammarException if the text cannot end here and no token of the vocabulary continues it */
    @Override
    public void mask(float[] logits) {
        long[] allowed = ended ? new long[0] : grammar.allowed(state);
        if (!ended && !mayEnd() && isEmpty(allowed)) {
            throw new GrammarException(0, 0, "the text cannot end here, and no token of the model's vocabulary continues it");
        }
        int known = grammar.tokens().size();
        for (int token = 0; token < logits.length; token++) {
            int word = token >> 6;
            boolean may = word < allowed.length && (allowed[word] >>> token & 1) != 0;
            if (!may && !(mayEnd() && token < known && grammar.tokens().endOfGeneration(token))) {
                logits[token] = Float.NEGATIVE_INFINITY;
            }
        }
    }

    /** @throws IllegalArgumentException if the token is not allowed */
    @Override
    public void accept(int token) {
        if (!allows(token)) {
            throw new IllegalArgumentException("token " + token + " is not allowed by the grammar here");
        }
        if (grammar.tokens().endOfGeneration(token)) {
            ended = true;
        } else {
            state = grammar.follow(state, grammar.tokens().bytes(token));
        }
    }
}

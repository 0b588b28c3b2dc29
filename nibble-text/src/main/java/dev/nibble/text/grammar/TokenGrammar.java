package dev.nibble.text.grammar;

/** A grammar over the tokens of a vocabulary. Its states are cached and shared by all answers that follow it; thread-safe. */
public final class TokenGrammar {
    private static final int MAX_MASKS = 1000;

    private final GrammarAutomaton automaton;
    private final TokenTrie trie;
    private int masks;

    /** @throws GrammarException for left recursion, missing rules and grammars that are too large */
    public TokenGrammar(Grammar grammar, TokenTrie trie) {
        this.automaton = new GrammarAutomaton(grammar);
        this.trie = trie;
    }

    /** The constraint for one answer, at its beginning. */
    public GrammarConstraint constraint() {
        return new GrammarConstraint(this);
    }

    TokenBytes tokens() {
        return trie.tokens();
    }

    /** Returns whether the vocabulary has a token that ends an answer. */
    boolean hasEnd() {
        return trie.hasEnd();
    }

    synchronized GrammarState start() {
        return automaton.start();
    }

    synchronized GrammarState follow(GrammarState state, byte[] bytes) {
        GrammarState next = state;
        for (int i = 0; i < bytes.length && !next.dead(); i++) {
            next = automaton.next(next, bytes[i]);
        }
        return next;
    }

    /** One bit per token that may come next, without those that end the answer. */
    synchronized long[] allowed(GrammarState state) {
        if (state.tokens().length == 0) {
            if (++masks > MAX_MASKS) {
                automaton.forget();
                masks = 0;
            }
            long[] bits = new long[(trie.size() + Long.SIZE - 1) / Long.SIZE];
            trie.allowed(automaton, state, bits);
            state.remember(bits);
        }
        return state.tokens();
    }
}

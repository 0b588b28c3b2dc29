package dev.nibble.core.inference;

import dev.nibble.text.grammar.Grammar;
import dev.nibble.text.grammar.TokenBytes;
import dev.nibble.text.grammar.TokenGrammar;
import dev.nibble.text.grammar.TokenTrie;
import dev.nibble.text.sampling.TokenConstraint;
import dev.nibble.text.tokenizer.Tokenizer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Cache of recent grammars compiled for one vocabulary. */
final class Constraints {
    private static final int MAX = 8;

    private final TokenBytes tokens;
    private Optional<TokenTrie> trie = Optional.empty(); // built for the first grammar
    private final Map<Grammar, TokenGrammar> latest = new LinkedHashMap<>();

    Constraints(Tokenizer tokenizer) {
        this.tokens = tokenizer;
    }

    TokenConstraint of(Grammar grammar) {
        TokenGrammar known = latest.remove(grammar);
        TokenGrammar applied = known == null ? new TokenGrammar(grammar, trie()) : known;
        latest.put(grammar, applied);
        if (latest.size() > MAX) {
            latest.remove(latest.keySet().iterator().next());
        }
        return applied.constraint();
    }

    private TokenTrie trie() {
        if (trie.isEmpty()) {
            trie = Optional.of(new TokenTrie(tokens));
        }
        return trie.get();
    }
}

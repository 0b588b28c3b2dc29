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

/** Grammars applied to one vocabulary, the latest ones kept: what they learned of the vocabulary is worth keeping. */
final class Constraints {
    private static final int MOST = 8;

    private final TokenBytes tokens;
    private Optional<TokenTrie> trie = Optional.empty(); // made when the first grammar comes
    private final Map<Grammar, TokenGrammar> latest = new LinkedHashMap<>();

    Constraints(Tokenizer tokenizer) {
        this.tokens = tokenizer;
    }

    TokenConstraint of(Grammar grammar) {
        TokenGrammar known = latest.remove(grammar);
        TokenGrammar applied = known == null ? new TokenGrammar(grammar, trie()) : known;
        latest.put(grammar, applied);
        if (latest.size() > MOST) {
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

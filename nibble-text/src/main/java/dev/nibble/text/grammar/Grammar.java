package dev.nibble.text.grammar;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Rules by name, of which {@code root} is the text's. Plain data; {@link Gbnf} reads it, {@link JsonSchema} makes it, {@link TokenGrammar}
 * applies it.
 */
public record Grammar(Map<String, Expression> rules) {
    public static final String ROOT = "root";

    /** @throws GrammarException if there is no rule called root */
    public Grammar {
        rules = Collections.unmodifiableMap(new LinkedHashMap<>(rules));
        if (!rules.containsKey(ROOT)) {
            throw new GrammarException(0, 0, "there is no rule \"root\", where a text begins");
        }
    }

    /** The grammar as GBNF. */
    @Override
    public String toString() {
        return rules.entrySet().stream().map(rule -> rule.getKey() + " ::= " + rule.getValue() + "\n").collect(Collectors.joining());
    }
}

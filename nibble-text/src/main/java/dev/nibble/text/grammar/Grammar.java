package dev.nibble.text.grammar;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Rules by name; {@code root} is the start rule. Plain data; {@link Gbnf} parses it, {@link JsonSchema} derives it, {@link TokenGrammar}
 * applies it.
 */
public record Grammar(Map<String, GrammarExpression> rules) {
    public static final String ROOT = "root";

    /** @throws GrammarException if there is no rule called root */
    public Grammar {
        rules = Collections.unmodifiableMap(new LinkedHashMap<>(rules));
        if (!rules.containsKey(ROOT)) {
            throw new GrammarException(0, 0, "there is no rule \"root\", the start rule");
        }
    }

    /** The grammar as GBNF. */
    @Override
    public String toString() {
        return rules.entrySet().stream().map(rule -> rule.getKey() + " ::= " + rule.getValue() + "\n").collect(Collectors.joining());
    }
}

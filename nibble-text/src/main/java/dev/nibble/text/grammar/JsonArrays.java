package dev.nibble.text.grammar;

import static dev.nibble.text.grammar.GrammarExpression.literal;
import static dev.nibble.text.grammar.GrammarExpression.optional;
import static dev.nibble.text.grammar.GrammarExpression.repeat;
import static dev.nibble.text.grammar.GrammarExpression.sequence;

import dev.nibble.text.json.Json;
import java.util.List;
import java.util.Optional;

/** The arrays of a JSON schema: a prefix of items with schemas of their own, then others if allowed. */
record JsonArrays(JsonSchema schemas, JsonRules rules) {
    private static final int UNBOUNDED = GrammarExpression.Repeat.UNBOUNDED;

    GrammarExpression array(MergedSchema schema) {
        List<Json> prefix = schema.get("prefixItems").map(Json::elements).orElse(List.of());
        Optional<Json> items = schema.get("items");
        boolean nothingMore = items.isPresent() && items.get().isBoolean() && !items.get().bool();
        int most = nothingMore ? schema.itemsFrom() : items.isPresent() || prefix.isEmpty() ? UNBOUNDED : prefix.size();
        int min = JsonSchema.count(schema, "minItems").orElse(prefix.size());
        int max = JsonSchema.count(schema, "maxItems").orElse(UNBOUNDED);
        max = Math.min(max, most);
        if (max < min) {
            if (schema.hasAny("minItems")) {
                throw MergedSchema.unsupported(schema.pointer(), "at least " + min + " items, but at most " + max);
            }
            min = max;
        }
        if (max == 0) {
            return rules.braces("[", literal(""), "]");
        }
        if (prefix.isEmpty()) {
            GrammarExpression all = rules.separated(items.map(schemas::value).orElseGet(rules::value), Math.max(1, min), max);
            return rules.braces("[", min == 0 ? optional(all) : all, "]");
        }
        GrammarExpression rest = literal("");
        if (max > prefix.size()) {
            GrammarExpression item = items.map(schemas::value).orElseGet(rules::value);
            rest = repeat(sequence(rules.comma(), item), Math.max(0, min - prefix.size()),
                    max == UNBOUNDED ? max : max - prefix.size());
        }
        for (int i = Math.min(prefix.size(), max) - 1; i >= 0; i--) {
            Json own = prefix.get(i);
            GrammarExpression item = items.isPresent() && i >= schema.itemsFrom()
                    ? schemas.value(List.of(own, items.get()), own.pointer())
                    : schemas.value(own);
            GrammarExpression here = sequence(i == 0 ? literal("") : rules.comma(), item, rest);
            rest = i < min ? here : optional(here);
        }
        return rules.braces("[", sequence(rest, rules.space()), "]");
    }
}

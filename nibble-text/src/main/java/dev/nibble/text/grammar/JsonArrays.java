package dev.nibble.text.grammar;

import static dev.nibble.text.grammar.Expression.literal;
import static dev.nibble.text.grammar.Expression.optional;
import static dev.nibble.text.grammar.Expression.repeat;
import static dev.nibble.text.grammar.Expression.sequence;

import dev.nibble.text.json.Json;
import java.util.List;
import java.util.Optional;

/** The arrays of a JSON schema: a prefix of items with schemas of their own, then others if allowed. */
record JsonArrays(JsonSchema schemas, JsonRules rules) {
    Expression array(MergedSchema schema) {
        List<Json> prefix = schema.get("prefixItems").map(Json::elements).orElse(List.of());
        Optional<Json> items = schema.get("items");
        boolean onlyPrefix = items.isPresent() ? items.get().isBoolean() && !items.get().bool() : !prefix.isEmpty();
        int min = JsonSchema.count(schema, "minItems").orElse(prefix.size());
        int max = JsonSchema.count(schema, "maxItems").orElse(Expression.Repeat.UNBOUNDED);
        max = onlyPrefix ? Math.min(max, prefix.size()) : max;
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
            Expression all = rules.separated(items.map(schemas::value).orElseGet(rules::value), Math.max(1, min), max);
            return rules.braces("[", min == 0 ? optional(all) : all, "]");
        }
        Expression rest = literal("");
        if (max > prefix.size()) {
            Expression item = items.map(schemas::value).orElseGet(rules::value);
            rest = repeat(sequence(rules.comma(), item), Math.max(0, min - prefix.size()),
                    max == Expression.Repeat.UNBOUNDED ? max : max - prefix.size());
        }
        for (int i = Math.min(prefix.size(), max) - 1; i >= 0; i--) {
            Expression here = sequence(i == 0 ? literal("") : rules.comma(), schemas.value(prefix.get(i)), rest);
            rest = i < min ? here : optional(here);
        }
        return rules.braces("[", sequence(rest, rules.space()), "]");
    }
}

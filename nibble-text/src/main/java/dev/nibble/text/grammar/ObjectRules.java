package dev.nibble.text.grammar;

import static dev.nibble.text.grammar.GrammarExpression.literal;
import static dev.nibble.text.grammar.GrammarExpression.optional;
import static dev.nibble.text.grammar.GrammarExpression.repeat;
import static dev.nibble.text.grammar.GrammarExpression.sequence;

import dev.nibble.text.json.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The objects of a JSON schema: declared properties in their order, each required or optional, then others if allowed. */
final class ObjectRules {
    private static final int LONGEST_NAME = 500;

    private final JsonSchema schemas;
    private final JsonRules rules;

    ObjectRules(JsonSchema schemas, JsonRules rules) {
        this.schemas = schemas;
        this.rules = rules;
    }

    private record Property(GrammarExpression member, boolean required) {}

    GrammarExpression object(MergedSchema schema) {
        Map<String, List<Json>> declared = new LinkedHashMap<>(schema.properties());
        Optional<GrammarExpression> others = others(schema, declared);
        for (String name : schema.required()) {
            if (!declared.containsKey(name)) {
                if (others.isEmpty()) {
                    throw MergedSchema.unsupported(schema.pointer(), "\"" + name + "\" is required, but no property has this name");
                }
                declared.put(name, schema.additional().map(List::of).orElse(List.of()));
            }
        }
        if (declared.isEmpty()) {
            return map(schema, others);
        }
        if (schema.hasAny("minProperties", "maxProperties")) {
            throw MergedSchema.unsupported(schema.pointer(), "minProperties and maxProperties beside named properties");
        }
        List<Property> properties = new ArrayList<>();
        declared.forEach((name, values) -> properties.add(new Property(member(literal(JsonText.quoted(name)),
                schemas.value(values, schema.pointer() + "/properties/" + name)), schema.required().contains(name))));
        return rules.braces("{", members(properties, others.map(other -> not(schema, declared, other))), "}");
    }

    /** Returns the schema of properties without a declared name; empty if not allowed. */
    private Optional<GrammarExpression> others(MergedSchema schema, Map<String, List<Json>> declared) {
        Optional<Json> additional = schema.additional();
        if (additional.isEmpty()) {
            return declared.isEmpty() ? Optional.of(rules.value()) : Optional.empty();
        }
        boolean none = additional.get().isBoolean() && !additional.get().bool();
        return none ? Optional.empty() : Optional.of(schemas.value(additional.get()));
    }

    private GrammarExpression member(GrammarExpression name, GrammarExpression value) {
        return sequence(name, rules.space(), literal(":"), rules.space(), value);
    }

    private GrammarExpression map(MergedSchema schema, Optional<GrammarExpression> others) {
        int min = JsonSchema.count(schema, "minProperties").orElse(0);
        int max = others.isEmpty() ? 0 : JsonSchema.count(schema, "maxProperties").orElse(GrammarExpression.Repeat.UNBOUNDED);
        if (max < min) {
            throw MergedSchema.unsupported(schema.pointer(), "at least " + min + " properties, but at most " + max);
        }
        if (min > 1) {
            throw MergedSchema.unsupported(schema.pointer(), "minProperties above 1: a grammar cannot keep names from repeating");
        }
        if (max == 0) {
            return rules.braces("{", literal(""), "}");
        }
        GrammarExpression members = rules.separated(member(rules.string(), others.orElseThrow()), 1, max);
        return rules.braces("{", min == 0 ? optional(members) : members, "}");
    }

    /** Makes a rule of every tail of the list, so that the grammar grows with the properties and not with their subsets. */
    private GrammarExpression members(List<Property> properties, Optional<GrammarExpression> other) {
        GrammarExpression rest = sequence(
                other.map(one -> repeat(sequence(rules.comma(), one), 0, GrammarExpression.Repeat.UNBOUNDED)).orElse(literal("")),
                rules.space());
        List<GrammarExpression> firsts = new ArrayList<>(); // alternatives that begin at the current property or a later one
        other.ifPresentOrElse(one -> firsts.add(optional(rules.separated(one, 1, GrammarExpression.Repeat.UNBOUNDED))),
                () -> firsts.add(literal("")));
        for (Property property : properties.reversed()) {
            GrammarExpression behind = rules.shared("rest", rest);
            if (property.required) {
                firsts.clear();
            }
            GrammarExpression member = rules.shared("member", property.member);
            firsts.addFirst(sequence(member, behind));
            GrammarExpression following = sequence(rules.comma(), member);
            rest = sequence(property.required ? following : optional(following), behind);
        }
        return JsonSchema.one(firsts);
    }

    private GrammarExpression not(MergedSchema schema, Map<String, List<Json>> declared, GrammarExpression value) {
        NameTree tree = new NameTree();
        for (String name : declared.keySet()) {
            if (name.length() > LONGEST_NAME) {
                throw MergedSchema.unsupported(schema.pointer(),
                        "a name of more than " + LONGEST_NAME + " characters beside additionalProperties");
            }
            tree.add(name.codePoints().toArray(), 0);
        }
        return member(sequence(literal("\""), tree.otherThanThese(), literal("\"")), value);
    }

    /** Names as a trie. */
    private static final class NameTree {
        private final Map<Integer, NameTree> children = new LinkedHashMap<>();
        private boolean isName;

        void add(int[] name, int from) {
            if (from == name.length) {
                isName = true;
            } else {
                children.computeIfAbsent(name[from], _ -> new NameTree()).add(name, from + 1);
            }
        }

        /** Returns the continuations that make the whole different from every name. */
        GrammarExpression otherThanThese() {
            List<GrammarExpression> ways = new ArrayList<>();
            if (!isName) {
                ways.add(literal(""));
            }
            CodePoints different = JsonText.PLAIN;
            for (Map.Entry<Integer, NameTree> child : children.entrySet()) {
                CodePoints character = CodePoints.of(child.getKey(), child.getKey());
                different = different.minus(character);
                if (JsonText.PLAIN.contains(child.getKey())) {
                    ways.add(sequence(new GrammarExpression.CharacterClass(character), child.getValue().otherThanThese()));
                }
            }
            ways.add(sequence(new GrammarExpression.CharacterClass(different),
                    repeat(new GrammarExpression.CharacterClass(JsonText.PLAIN), 0, GrammarExpression.Repeat.UNBOUNDED)));
            return JsonSchema.one(ways);
        }
    }
}

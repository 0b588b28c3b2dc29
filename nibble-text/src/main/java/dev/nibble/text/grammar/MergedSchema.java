package dev.nibble.text.grammar;

import dev.nibble.error.UnsupportedException;
import dev.nibble.text.json.Json;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Conjunction of several JSON schemas: those of an {@code allOf} or {@code $ref} and of the object that contains it. */
final class MergedSchema {
    private static final Set<String> ANNOTATIONS = Set.of("title", "description", "default", "examples", "example", "$schema", "$id",
            "$comment",
            "$anchor", "deprecated", "readOnly", "writeOnly", "$defs", "definitions");
    private static final Set<String> AT_LEAST = Set.of("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties");
    private static final Set<String> AT_MOST = Set.of("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties");
    private static final Set<String> PLAIN = Set.of("const", "enum", "pattern", "format", "items", "prefixItems");

    private final Function<Json, Json> references;
    private final String pointer;
    private final Set<String> seenReferences = new LinkedHashSet<>();
    private final Map<String, Json> keywords = new LinkedHashMap<>();
    private final Map<String, List<Json>> properties = new LinkedHashMap<>();
    private final Set<String> required = new LinkedHashSet<>();
    private final List<Json> choices = new ArrayList<>();
    private Optional<Set<String>> types = Optional.empty();
    private Optional<Json> additional = Optional.empty();
    private Set<String> additionalBeside = Set.of(); // the properties of the schema with additionalProperties

    /** @param references resolves a {@code $ref} */
    MergedSchema(String pointer, Function<Json, Json> references) {
        this.pointer = pointer;
        this.references = references;
    }

    static boolean isAnnotation(String keyword) {
        return ANNOTATIONS.contains(keyword);
    }

    /** Returns this schema with its first choice replaced by one of its alternatives. */
    MergedSchema chosen(Json alternative) {
        MergedSchema chosen = new MergedSchema(alternative.pointer(), references);
        chosen.seenReferences.addAll(seenReferences);
        chosen.keywords.putAll(keywords);
        properties.forEach((name, schemas) -> chosen.properties.put(name, new ArrayList<>(schemas)));
        chosen.required.addAll(required);
        chosen.choices.addAll(choices.subList(1, choices.size()));
        chosen.types = types;
        chosen.additional = additional;
        chosen.additionalBeside = additionalBeside;
        chosen.add(alternative);
        return chosen;
    }

    void add(Json schema) {
        if (schema.isBoolean()) {
            if (!schema.bool()) {
                throw unsupported(schema, "the schema false allows nothing");
            }
            return;
        }
        if (!schema.isObject()) {
            throw schema.wrong("expected a schema: an object, true or false");
        }
        schema.members().forEach((keyword, value) -> keyword(schema, keyword, value));
    }

    private void keyword(Json schema, String keyword, Json value) {
        switch (keyword) {
            case "$ref" -> {
                if (!seenReferences.add(value.string())) {
                    throw unsupported(value, "$ref " + value.string() + " within its own target, beside other keywords");
                }
                add(references.apply(value));
            }
            case "allOf" -> value.elements().forEach(this::add);
            case "anyOf", "oneOf" -> choices.add(value);
            case "properties" -> value.members()
                    .forEach((name, property) -> properties.computeIfAbsent(name, _ -> new ArrayList<>()).add(property));
            case "required" -> value.elements().forEach(name -> required.add(name.string()));
            case "additionalProperties" -> additional(schema, value);
            case "type" -> types(value);
            default -> {
                if (AT_LEAST.contains(keyword) || AT_MOST.contains(keyword) || PLAIN.contains(keyword)) {
                    keywords.merge(keyword, value, (one, other) -> both(keyword, one, other));
                } else if (!ANNOTATIONS.contains(keyword) && !permitsAll(keyword, value)) {
                    throw unsupported(value, "the keyword \"" + keyword + "\" is not supported");
                }
            }
        }
    }

    private static boolean permitsAll(String keyword, Json value) {
        return keyword.equals("uniqueItems") && value.isBoolean() && !value.bool();
    }

    private void additional(Json schema, Json value) {
        if (value.isBoolean() && value.bool() && additional.isPresent()) {
            return;
        }
        if (additional.isPresent() && !(additional.get().isBoolean() && additional.get().bool())) {
            throw unsupported(value, "additionalProperties in several schemas that all apply");
        }
        additional = Optional.of(value);
        additionalBeside = schema.get("properties").map(own -> own.members().keySet()).orElse(Set.of());
    }

    private void types(Json value) {
        Set<String> named = new LinkedHashSet<>();
        (value.isArray() ? value.elements() : List.of(value)).forEach(type -> named.add(type.string()));
        types.ifPresent(before -> {
            boolean integers = before.contains("integer") && named.contains("number")
                    || before.contains("number") && named.contains("integer");
            named.retainAll(before);
            if (integers && !named.contains("number")) {
                named.add("integer");
            }
        });
        if (named.isEmpty()) {
            throw unsupported(value, "no type satisfies all schemas that apply");
        }
        types = Optional.of(named);
    }

    private static Json both(String keyword, Json one, Json other) {
        if (one.toString().equals(other.toString())) {
            return one;
        }
        if (AT_LEAST.contains(keyword) || AT_MOST.contains(keyword)) {
            boolean larger = number(one).compareTo(number(other)) > 0;
            return larger == AT_LEAST.contains(keyword) ? one : other;
        }
        throw unsupported(other, "\"" + keyword + "\" in several schemas that all apply");
    }

    static BigDecimal number(Json value) {
        if (!value.isNumber()) {
            throw value.wrong("expected a number, found " + value);
        }
        return new BigDecimal(value.toString());
    }

    static UnsupportedException unsupported(Json where, String reason) {
        return unsupported(where.pointer(), reason);
    }

    static UnsupportedException unsupported(String pointer, String reason) {
        return new UnsupportedException("JSON schema, " + (pointer.isEmpty() ? "root" : pointer) + ": " + reason);
    }

    String pointer() {
        return pointer;
    }

    Optional<Json> get(String keyword) {
        return Optional.ofNullable(keywords.get(keyword));
    }

    boolean hasAny(String... names) {
        for (String name : names) {
            if (keywords.containsKey(name)) {
                return true;
            }
        }
        return false;
    }

    Map<String, List<Json>> properties() {
        return properties;
    }

    Set<String> required() {
        return required;
    }

    /** The {@code anyOf} and {@code oneOf} arrays, all of which apply. */
    List<Json> choices() {
        return choices;
    }

    /** Returns whether the schema is a single choice. */
    boolean isOneChoice() {
        return choices.size() == 1 && keywords.isEmpty() && properties.isEmpty() && required.isEmpty() && types.isEmpty()
                && additional.isEmpty();
    }

    Optional<Set<String>> types() {
        return types;
    }

    /** Returns the value of {@code additionalProperties}. */
    Optional<Json> additional() {
        additional.ifPresent(value -> {
            if (!(value.isBoolean() && value.bool()) && !additionalBeside.containsAll(properties.keySet())) {
                throw unsupported(value,
                        "additionalProperties does not see the properties of the other schemas that apply");
            }
        });
        return additional;
    }
}

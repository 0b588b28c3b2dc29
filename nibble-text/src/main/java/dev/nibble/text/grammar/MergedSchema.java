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
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Conjunction of several JSON schemas: those of an {@code allOf} or {@code $ref} and of the object that contains it. */
final class MergedSchema {
    /** Keywords that restrict values, in any draft, and are not supported. All keywords that JSON Schema does not define are annotations. */
    private static final Set<String> UNSUPPORTED = Set.of("not", "if", "then", "else", "dependencies", "dependentRequired",
            "dependentSchemas", "patternProperties", "propertyNames", "unevaluatedProperties", "contains", "minContains", "maxContains",
            "uniqueItems", "unevaluatedItems", "additionalItems", "multipleOf", "divisibleBy", "extends", "disallow", "$dynamicRef",
            "$recursiveRef");
    private static final Set<String> STRUCTURE = Set.of("$ref", "allOf", "anyOf", "oneOf", "properties", "required",
            "additionalProperties", "type");
    private static final int LONGEST_BOUND = 100;
    private static final Set<String> AT_LEAST = Set.of("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties");
    private static final Set<String> AT_MOST = Set.of("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties");
    private static final Set<String> PLAIN = Set.of("const", "enum", "pattern", "format", "items", "prefixItems");
    private static final Set<String> RESTRICTING = Stream.of(STRUCTURE, AT_LEAST, AT_MOST, PLAIN).flatMap(Set::stream)
            .collect(Collectors.toUnmodifiableSet());

    private final Function<Json, Json> references;
    private final String pointer;
    private final Set<String> seenReferences = new LinkedHashSet<>();
    private final Map<String, Json> keywords = new LinkedHashMap<>();
    private final Map<String, List<Json>> properties = new LinkedHashMap<>();
    private final Set<String> required = new LinkedHashSet<>();
    private final List<Json> choices = new ArrayList<>();
    private Optional<Set<String>> types = Optional.empty();
    private int itemsFrom;
    private Optional<Json> additional = Optional.empty();
    private Set<String> additionalBeside = Set.of(); // the properties of the schema with additionalProperties

    /** @param references resolves a {@code $ref} */
    MergedSchema(String pointer, Function<Json, Json> references) {
        this.pointer = pointer;
        this.references = references;
    }

    /**
     * Returns whether a keyword says nothing about which values are valid.
     *
     * @throws UnsupportedException for a supported keyword in other letter case, which is a mistake rather than an annotation
     */
    static boolean isAnnotation(String keyword, Json value) {
        if (RESTRICTING.contains(keyword) || UNSUPPORTED.contains(keyword)) {
            return false;
        }
        RESTRICTING.stream().filter(keyword::equalsIgnoreCase).findFirst().ifPresent(meant -> {
            throw unsupported(value, "the keyword \"" + keyword + "\" is not known; \"" + meant + "\" is");
        });
        return true;
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
        chosen.itemsFrom = itemsFrom;
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
                Json target = references.apply(value);
                if (!seenReferences.add(target.pointer())) {
                    throw unsupported(value, "$ref " + value.string() + " within its own target, beside other keywords");
                }
                add(target);
            }
            case "allOf" -> value.elements().forEach(this::add);
            case "anyOf", "oneOf" -> choices.add(value);
            case "properties" -> value.members()
                    .forEach((name, property) -> properties.computeIfAbsent(name, _ -> new ArrayList<>()).add(property));
            case "required" -> value.elements().forEach(name -> required.add(name.string()));
            case "additionalProperties" -> additional(schema, value);
            case "type" -> types(value);
            case "items" -> items(schema, value);
            default -> {
                if (AT_LEAST.contains(keyword) || AT_MOST.contains(keyword) || PLAIN.contains(keyword)) {
                    keywords.merge(keyword, value, (one, other) -> both(keyword, one, other));
                } else if (!isAnnotation(keyword, value) && !permitsAll(keyword, value)) {
                    throw unsupported(value, "the keyword \"" + keyword + "\" is not supported");
                }
            }
        }
    }

    private void items(Json schema, Json value) {
        int before = schema.get("prefixItems").map(prefix -> prefix.elements().size()).orElse(0);
        if (keywords.containsKey("items") && before != itemsFrom) {
            throw unsupported(value, "\"items\" in several schemas that all apply");
        }
        itemsFrom = before;
        keywords.merge("items", value, (one, other) -> both("items", one, other));
    }

    /** Returns the index of the first element that {@code items} is about: the length of the prefix in its own schema. */
    int itemsFrom() {
        return itemsFrom;
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
        try {
            return new BigDecimal(value.toString());
        } catch (NumberFormatException e) {
            throw value.wrong("expected a finite number, found " + value);
        }
    }

    /** The value of a keyword that bounds numbers. */
    static BigDecimal bound(Json value) {
        BigDecimal number = number(value).stripTrailingZeros();
        if (number.precision() > LONGEST_BOUND || Math.abs((long) number.scale()) > LONGEST_BOUND) {
            throw unsupported(value, "a bound of more than " + LONGEST_BOUND + " digits");
        }
        return number;
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

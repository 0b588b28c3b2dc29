package dev.nibble.text.grammar;

import static dev.nibble.text.grammar.GrammarExpression.literal;
import static dev.nibble.text.grammar.GrammarExpression.repeat;
import static dev.nibble.text.grammar.GrammarExpression.sequence;

import dev.nibble.error.UnsupportedException;
import dev.nibble.text.json.Json;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * JSON schemas as grammars: every text of the grammar is JSON that satisfies the schema, but not all such JSON matches.
 *
 * <p>
 * Supported: type, enum, const, properties, required, additionalProperties, minProperties and maxProperties without named properties,
 * items, prefixItems, minItems, maxItems, minLength, maxLength, pattern ({@code ^…$}), format (date, time, date-time, uuid), minimum and
 * maximum, exclusive or not, anyOf, oneOf, allOf, $ref within the document. Other keywords of JSON Schema that restrict values are refused
 * by name; all others are annotations. Deviations from the specification, as in llama.cpp: properties come in the order of their
 * declaration; without additionalProperties there are no others, unless none are declared; oneOf means anyOf; a prefix of items is complete
 * unless minItems says otherwise; keywords about one type, without type, mean that type. Names of additional properties have no escapes and may repeat.
 */
public final class JsonSchema {
    private static final Json.Limits LIMITS = new Json.Limits("SCHEMA", 1 << 20, 100, 1 << 16);
    private static final int DEEPEST = 300;
    private static final int MAX_SCHEMAS = 20_000;
    private static final Set<String> TYPES = Set.of("object", "array", "string", "number", "integer", "boolean", "null");
    private static final String[] BOUNDS = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"};

    private final SchemaReferences references;
    private final JsonRules rules = new JsonRules();
    private final ObjectRules objects = new ObjectRules(this, rules);
    private final JsonArrays arrays = new JsonArrays(this, rules);
    private final Map<String, String> namesOfReferences = new LinkedHashMap<>();
    private final Map<String, Set<String>> beginnings = new HashMap<>(); // the references that a schema may begin with, by pointers
    private Optional<String> begun = Optional.of(""); // pointer of the innermost rule, as long as none of its characters is written
    private int depth;
    private int schemas;

    private JsonSchema(Json document) {
        this.references = new SchemaReferences(document);
        namesOfReferences.put("", Grammar.ROOT);
    }

    /**
     * The grammar of a schema.
     *
     * @throws UnsupportedException naming the place of an unsupported keyword or an unsatisfiable schema
     */
    public static Grammar grammar(Json schema) {
        JsonSchema converter = new JsonSchema(schema);
        return converter.rules.grammar(converter.value(schema));
    }

    /**
     * The grammar of a schema.
     *
     * @param schema as JSON text
     * @throws dev.nibble.error.MalformedFileException if it is not JSON
     */
    public static Grammar of(String schema) {
        return grammar(Json.parseAny(Path.of("schema"), schema, LIMITS));
    }

    /**
     * The grammar of the JSON that a record is read from: one property per component, in order. Components are strings, booleans,
     * numbers, enums, records, lists, or optionals of these, which may be absent.
     *
     * @throws UnsupportedException naming a component of another type
     */
    public static Grammar of(Class<? extends Record> type) {
        return of(RecordSchema.of(type));
    }

    /** The grammar of any JSON object. */
    public static Grammar anyObject() {
        JsonRules rules = new JsonRules();
        return rules.grammar(rules.object());
    }

    /** Returns the expression for all texts that satisfy the schema. */
    GrammarExpression value(Json schema) {
        if (schema.isObject()) {
            Set<String> constraining = schema.members().entrySet().stream()
                    .filter(keyword -> !MergedSchema.isAnnotation(keyword.getKey(), keyword.getValue())).map(Map.Entry::getKey)
                    .collect(Collectors.toSet());
            if (constraining.isEmpty()) {
                return rules.value();
            }
            if (constraining.equals(Set.of("$ref"))) {
                return reference(schema.require("$ref"));
            }
        }
        return schema.isBoolean() && schema.bool() ? rules.value() : value(List.of(schema), schema.pointer());
    }

    /** Returns the expression for all texts that satisfy every one of the schemas. */
    GrammarExpression value(List<Json> all, String pointer) {
        if (all.size() == 1 && all.getFirst().isObject() && all.getFirst().members().keySet().equals(Set.of("$ref"))) {
            return value(all.getFirst());
        }
        MergedSchema merged = new MergedSchema(pointer, references::target);
        all.forEach(merged::add);
        return value(merged);
    }

    private GrammarExpression reference(Json reference) {
        Json target = references.target(reference);
        String pointer = target.pointer();
        String known = namesOfReferences.get(pointer);
        begun.ifPresent(from -> beginnings.computeIfAbsent(from, _ -> new LinkedHashSet<>()).add(pointer));
        if (begun.isPresent() && leads(pointer, begun.get())) {
            throw MergedSchema.unsupported(reference,
                    "$ref " + reference.string() + " leads back to a schema that it begins, with no array or object between");
        }
        if (known != null) {
            return new GrammarExpression.RuleName(known);
        }
        String name = "ref-" + namesOfReferences.size() + "-"
                + pointer.substring(pointer.lastIndexOf('/') + 1).replaceAll("[^A-Za-z0-9]", "-");
        namesOfReferences.put(pointer, name);
        return rules.rule(name, () -> begin(Optional.of(pointer), () -> value(target)));
    }

    /** Returns whether a schema may begin with another, or is that one. */
    private boolean leads(String from, String to) {
        Set<String> seen = new LinkedHashSet<>(Set.of(from));
        Deque<String> open = new ArrayDeque<>(seen);
        while (!open.isEmpty()) {
            beginnings.getOrDefault(open.pop(), Set.of()).stream().filter(seen::add).forEach(open::push);
        }
        return seen.contains(to);
    }

    /** The expression of a part, which begins a rule; or none, behind some character. */
    private GrammarExpression begin(Optional<String> rule, Supplier<GrammarExpression> part) {
        Optional<String> around = begun;
        begun = rule;
        try {
            return part.get();
        } finally {
            begun = around;
        }
    }

    /** Returns whether an alternative is the schema itself that it is an alternative of, and so adds nothing. */
    private boolean isItself(Json alternative) {
        return begun.isPresent() && alternative.isObject() && alternative.members().keySet().equals(Set.of("$ref"))
                && references.target(alternative.require("$ref")).pointer().equals(begun.get());
    }

    private GrammarExpression value(MergedSchema schema) {
        if (depth >= DEEPEST || ++schemas > MAX_SCHEMAS) {
            throw MergedSchema.unsupported(schema.pointer(), "more than " + DEEPEST + " nested schemas, or more than "
                    + MAX_SCHEMAS + " after all references beside other keywords are followed");
        }
        depth++;
        try {
            return schema.choices().isEmpty() ? plainValue(schema) : choice(schema);
        } finally {
            depth--;
        }
    }

    private GrammarExpression choice(MergedSchema schema) {
        Json choice = schema.choices().getFirst();
        List<GrammarExpression> ways = new ArrayList<>();
        for (Json alternative : choice.elements().stream().filter(way -> !schema.isOneChoice() || !isItself(way)).toList()) {
            ways.add(schema.isOneChoice() ? value(alternative) : value(schema.chosen(alternative)));
        }
        if (ways.isEmpty()) {
            throw MergedSchema.unsupported(choice, "no alternatives");
        }
        return one(ways);
    }

    static GrammarExpression one(List<GrammarExpression> ways) {
        return ways.size() == 1 ? ways.getFirst() : new GrammarExpression.Choice(ways);
    }

    private GrammarExpression plainValue(MergedSchema schema) {
        if (schema.hasAny("const", "enum")) {
            return listed(schema);
        }
        List<GrammarExpression> ways = new ArrayList<>();
        for (String type : schema.types().orElseGet(() -> typesMeant(schema))) {
            ways.add(switch (type) {
                case "object" -> begin(Optional.empty(), () -> objects.object(schema));
                case "array" -> begin(Optional.empty(), () -> arrays.array(schema));
                case "string" -> string(schema);
                case "integer" -> schema.hasAny(BOUNDS) ? IntegerRange.of(schema) : rules.integer();
                case "number" -> schema.hasAny(BOUNDS) ? NumberRange.of(schema) : rules.number();
                case "boolean" -> rules.bool();
                case "null" -> literal("null");
                default -> throw MergedSchema.unsupported(schema.pointer(),
                        "type \"" + type + "\"; there are " + TYPES.stream().sorted().toList());
            });
        }
        return one(ways);
    }

    /** The types implied by the keywords of a schema without type. */
    private Set<String> typesMeant(MergedSchema schema) {
        if (!schema.properties().isEmpty() || !schema.required().isEmpty() || schema.additional().isPresent()
                || schema.hasAny("minProperties", "maxProperties")) {
            return Set.of("object");
        }
        if (schema.hasAny("items", "prefixItems", "minItems", "maxItems")) {
            return Set.of("array");
        }
        if (schema.hasAny("pattern", "format", "minLength", "maxLength")) {
            return Set.of("string");
        }
        return schema.hasAny(BOUNDS)
                ? Set.of("number")
                : new java.util.TreeSet<>(Set.of("object", "array", "string", "number", "boolean", "null"));
    }

    private GrammarExpression listed(MergedSchema schema) {
        List<Json> values = schema.get("enum").map(Json::elements).orElseGet(() -> List.of(schema.get("const").orElseThrow()));
        if (schema.hasAny("const") && schema.hasAny("enum") || typesMeant(schema).size() == 1) {
            throw MergedSchema.unsupported(schema.pointer(), "enum or const beside keywords other than type");
        }
        List<GrammarExpression> ways = new ArrayList<>();
        for (Json value : values) {
            if (schema.types().isEmpty() || schema.types().get().stream().anyMatch(type -> isOf(type, value))) {
                ways.add(literal(JsonText.writable(value.toString())));
            }
        }
        if (ways.isEmpty()) {
            throw MergedSchema.unsupported(schema.pointer(), "no listed value is of the schema's type");
        }
        return one(ways);
    }

    private static boolean isOf(String type, Json value) {
        return switch (type) {
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            case "string" -> value.isString();
            case "number" -> value.isNumber();
            case "integer" -> value.isNumber() && MergedSchema.number(value).stripTrailingZeros().scale() <= 0;
            case "boolean" -> value.isBoolean();
            default -> type.equals("null") && value.toString().equals("null");
        };
    }

    static Optional<Integer> count(MergedSchema schema, String keyword) {
        return schema.get(keyword).map(value -> value.whole(0, 100_000));
    }

    private GrammarExpression string(MergedSchema schema) {
        boolean lengths = schema.hasAny("minLength", "maxLength");
        if ((lengths ? 1 : 0) + (schema.hasAny("pattern") ? 1 : 0) + (schema.hasAny("format") ? 1 : 0) > 1) {
            throw MergedSchema.unsupported(schema.pointer(), "more than one of pattern, format and lengths of one string");
        }
        if (schema.hasAny("pattern")) {
            Json pattern = schema.get("pattern").orElseThrow();
            return quotes(JsonPattern.parse("JSON schema, " + pattern.pointer(), pattern.string()));
        }
        if (schema.hasAny("format")) {
            Json format = schema.get("format").orElseThrow();
            if (!JsonFormats.knows(format.string())) {
                throw MergedSchema.unsupported(format, "format " + format + " is not supported; there are date, time, date-time and uuid");
            }
            return JsonFormats.string(format.string(), rules);
        }
        if (!lengths) {
            return rules.string();
        }
        int min = count(schema, "minLength").orElse(0);
        int max = count(schema, "maxLength").orElse(GrammarExpression.Repeat.UNBOUNDED);
        if (max < min) {
            throw MergedSchema.unsupported(schema.pointer(), "at least " + min + " characters, but at most " + max);
        }
        return quotes(repeat(rules.character(), min, max));
    }

    private static GrammarExpression quotes(GrammarExpression within) {
        return sequence(literal("\""), within, literal("\""));
    }
}

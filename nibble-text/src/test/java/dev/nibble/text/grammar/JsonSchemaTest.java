package dev.nibble.text.grammar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.nibble.error.MalformedFileException;
import dev.nibble.error.UnsupportedException;
import dev.nibble.text.json.Json;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

class JsonSchemaTest {
    private static final Json.Limits LIMITS = new Json.Limits("SCHEMA", 1 << 20, 2000, 100_000);
    private static final SyntheticVocabulary TOKENS = new SyntheticVocabulary(GrammarAutomatonTest.generator(33), 1500);
    private static final TokenTrie TRIE = new TokenTrie(TOKENS);
    private static final JsonMapper MAPPER = new JsonMapper();
    private static final String PERSON = """
            {"type": "object", "title": "Person", "required": ["name", "tags"], "properties": {
              "age": {"type": "integer", "minimum": -3, "maximum": 120},
              "name": {"type": "string", "minLength": 2, "maxLength": 5},
              "mail": {"type": ["string", "null"]},
              "tags": {"type": "array", "items": {"enum": ["a", "\\u00fc\\"", 3, null, {"k": [1]}]}, "minItems": 1, "maxItems": 3},
              "more": {"type": "boolean"}}}""";

    /** Schemas whose texts must satisfy them. */
    static List<String> schemas() {
        return List.of(PERSON, "{}", "true", "{\"type\": \"object\"}", "{\"type\": \"array\"}", "{\"type\": \"number\"}",
                "{\"type\": \"integer\"}", "{\"type\": \"string\"}", "{\"const\": null}", "{\"const\": \"\\u0001\\u00e9\\ud83d\\ude00\"}",
                "{\"type\": \"string\", \"minLength\": 3}", "{\"type\": \"string\", \"maxLength\": 2}",
                "{\"type\": \"string\", \"pattern\": \"^[a-c\\\"\\\\\\\\]+(x|yz?)\\\\d{2,3}[^\\\\w ]\\\\.$\"}", "{\"format\": \"date\"}",
                "{\"format\": \"time\"}", "{\"format\": \"date-time\"}", "{\"format\": \"uuid\"}",
                "{\"type\": \"integer\", \"exclusiveMinimum\": 9.5, \"exclusiveMaximum\": 1000}",
                "{\"type\": \"integer\", \"minimum\": 100000000000000000}",
                "{\"type\": \"integer\", \"maximum\": -7}",
                "{\"type\": \"array\", \"items\": {\"type\": \"integer\"}, \"minItems\": 2, \"maxItems\": 4}",
                "{\"prefixItems\": [{\"type\": \"null\"}, {\"type\": \"boolean\"}], \"items\": {\"type\": \"integer\"}, \"minItems\": 1, \"maxItems\": 5}",
                "{\"prefixItems\": [{\"type\": \"null\"}, {\"type\": \"boolean\"}], \"items\": false}",
                "{\"type\": \"array\", \"maxItems\": 0}",
                "{\"type\": \"object\", \"additionalProperties\": {\"type\": \"integer\"}, \"minProperties\": 1}",
                "{\"properties\": {\"a\": {\"type\": \"null\"}, \"ab\": {}}, \"additionalProperties\": {\"type\": \"boolean\"}, \"required\": [\"ab\"]}",
                "{\"properties\": {\"a\": {\"type\": \"null\"}, \"b\": {\"type\": \"null\"}}, \"additionalProperties\": false}",
                "{\"type\": \"object\", \"required\": [\"z\"], \"additionalProperties\": {\"type\": \"null\"}}",
                "{\"anyOf\": [{\"type\": \"null\"}, {\"type\": \"object\", \"properties\": {\"x\": {\"oneOf\": [{\"const\": 1}, {\"const\": 2}]}}}]}",
                "{\"type\": \"object\", \"properties\": {\"k\": {\"type\": \"string\", \"maxLength\": 2}}, \"anyOf\": [{\"required\": [\"k\"]}, "
                        + "{\"properties\": {\"l\": {\"type\": \"null\"}}, \"required\": [\"l\"]}]}",
                "{\"allOf\": [{\"properties\": {\"a\": {\"type\": \"integer\", \"minimum\": 3}}, \"required\": [\"a\"]}, {\"$ref\": \"#/$defs/b\"}], "
                        + "\"$defs\": {\"b\": {\"properties\": {\"b\": {\"type\": \"null\"}, \"a\": {\"type\": \"number\", \"maximum\": 5}}, \"required\": [\"b\"]}}}",
                "{\"$ref\": \"#/$defs/list~1\", \"$defs\": {\"list/\": {\"type\": \"object\", \"required\": [\"next\"], \"properties\": "
                        + "{\"next\": {\"anyOf\": [{\"$ref\": \"#/$defs/list~1\"}, {\"type\": \"null\"}]}}}}}",
                "{\"type\": \"array\", \"items\": {\"$ref\": \"#\"}, \"maxItems\": 2}",
                "{\"allOf\": [{\"prefixItems\": [{\"minimum\": 3}, {\"type\": \"integer\"}]}], \"items\": {\"minimum\": 5}, \"maxItems\": 4}",
                "{\"anyOf\": [{\"prefixItems\": [{\"type\": \"boolean\"}]}, {}], \"items\": {\"type\": [\"boolean\", \"null\"]}}",
                "{\"allOf\": [{\"prefixItems\": [{\"type\": \"null\"}]}], \"items\": false}",
                "{\"allOf\": [{\"prefixItems\": [{}], \"items\": {\"type\": \"null\"}}, {\"prefixItems\": [{}]}], \"minItems\": 2, \"maxItems\": 3}",
                "{\"minimum\": 0.25, \"maximum\": 0.75}", "{\"type\": \"number\", \"exclusiveMinimum\": -2.5}", "{\"maximum\": -0.125}",
                "{\"type\": [\"number\", \"null\"], \"minimum\": 2, \"exclusiveMaximum\": 3}",
                "{\"type\": \"object\", \"id\": \"x\", \"x-order\": 3, \"markdownDescription\": {\"minimum\": 3}, \"properties\": {\"minimun\": {}}}");
    }

    @ParameterizedTest
    @MethodSource("schemas")
    void textsUnderTheGrammarSatisfyTheSchema(String schema) {
        TokenGrammar grammar = new TokenGrammar(grammar(schema), TRIE);
        SchemaValidator validator = new SchemaValidator(MAPPER.readTree(schema));
        for (int trial = 0; trial < 40; trial++) {
            long seed = 100L + trial;
            String text = SyntheticVocabulary.write(grammar, TOKENS, GrammarAutomatonTest.generator(seed), trial);
            assertTrue(validator.valid(MAPPER.readTree(text)), "seed " + seed + ": " + text);
            assertTrue(readByOurParser(text), "seed " + seed + ": " + text);
        }
    }

    /** Strict except for repeated names, which no grammar can detect. */
    private static boolean readByOurParser(String text) {
        try {
            Json.parse(Path.of("answer"), "{\"answer\": " + text + "}", LIMITS);
            return true;
        } catch (MalformedFileException e) {
            return e.getMessage().contains("Duplicate");
        }
    }

    @Test
    void anyObjectIsAnObject() {
        TokenGrammar grammar = new TokenGrammar(JsonSchema.anyObject(), TRIE);
        for (int trial = 0; trial < 100; trial++) {
            String text = SyntheticVocabulary.write(grammar, TOKENS, GrammarAutomatonTest.generator(trial), trial);
            assertTrue(MAPPER.readTree(text).isObject(), text);
            assertTrue(readByOurParser(text), text);
        }
    }

    static Stream<Arguments> acceptance() {
        return Stream.of(
                arguments(PERSON, "{\"age\": 12, \"name\": \"Ada\", \"tags\": [\"a\", 3]}", true),
                arguments(PERSON, "{\"name\":\"Ada\",\"tags\":[{\"k\":[1]}],\"more\":true}", true),
                arguments(PERSON, "{\n  \"name\": \"\\u00e9\ud83d\ude00\",\n  \"mail\": null,\n  \"tags\": [\"\u00fc\\\"\"]\n}", true),
                arguments(PERSON, "{\"tags\":[\"a\"],\"name\":\"Ada\"}", false),
                arguments(PERSON, "{\"name\":\"Ada\"}", false),
                arguments(PERSON, "{\"name\":\"A\",\"tags\":[\"a\"]}", false),
                arguments(PERSON, "{\"name\":\"Ada\",\"tags\":[]}", false),
                arguments(PERSON, "{\"name\":\"Ada\",\"tags\":[\"a\"],\"other\":1}", false),
                arguments(PERSON, "{\"age\":121,\"name\":\"Ada\",\"tags\":[\"a\"]}", false),
                arguments("{}", "[1.5e3,-0,\"\\ud83d\\ude00\",{\"a\":{}}]", true),
                arguments("{}", "\"\\ud83d\"", false), arguments("{}", "01", false), arguments("{}", "[1,]", false),
                arguments("{}", " 1", false),
                arguments("{\"properties\":{\"a\":{}},\"additionalProperties\":true}", "{\"a\":1,\"b\":2}", true),
                arguments("{\"properties\":{\"a\":{}},\"additionalProperties\":true}", "{\"ab\":2,\"\":3}", true),
                arguments("{\"properties\":{\"a\":{}},\"additionalProperties\":true}", "{\"a\":1,\"a\":2}", false),
                arguments("{\"properties\":{\"a\":{}},\"additionalProperties\":true}", "{}", true),
                arguments("{\"type\":\"object\"}", "{\"x\":[{}]}", true), arguments("{\"type\":\"object\"}", "[]", false),
                arguments("{\"minLength\":1,\"maxLength\":1}", "\"\\ud83d\\ude00\"", true),
                arguments("{\"minLength\":2}", "\"\ud83d\ude00\"", false),
                arguments("{\"format\":\"date\"}", "\"2024-02-29\"", true), arguments("{\"format\":\"date\"}", "\"2023-02-29\"", false),
                arguments("{\"format\":\"date\"}", "\"1900-02-29\"", false), arguments("{\"format\":\"date\"}", "\"2000-02-29\"", true),
                arguments("{\"format\":\"date\"}", "\"2023-04-31\"", false), arguments("{\"format\":\"date\"}", "\"2023-12-31\"", true),
                arguments("{\"format\":\"date-time\"}", "\"2023-12-31T23:59:59.5+01:00\"", true),
                arguments("{\"type\":[\"integer\",\"null\"]}", "null", true), arguments("{\"type\":[\"integer\",\"null\"]}", "1.5", false),
                arguments("{\"anyOf\":[{\"$ref\":\"#\"},{\"type\":\"null\"}]}", "null", true),
                arguments("{\"$defs\":{\"a\":{\"anyOf\":[{\"$ref\":\"#/$defs/a\"},{\"type\":\"integer\"}]}},\"$ref\":\"#/$defs/a\"}", "3",
                        true),
                arguments("{\"minimum\":2}", "2.5", true), arguments("{\"minimum\":2}", "2", true),
                arguments("{\"minimum\":2,\"type\":\"integer\"}", "2.5", false),
                arguments("{\"enum\":[1,\"x\"],\"type\":\"string\"}", "1", false));
    }

    @ParameterizedTest
    @MethodSource
    void acceptance(String schema, String text, boolean accepted) {
        assertEquals(accepted, GrammarAutomatonTest.accepts(new GrammarAutomaton(grammar(schema)), text), grammar(schema).toString());
    }

    static Stream<Arguments> refusals() {
        return Stream.of(
                arguments("{\"properties\": {\"a\": {\"not\": {}}}}", "/properties/a/not: the keyword \"not\" is not supported"),
                arguments("{\"multipleOf\": 3}", "/multipleOf: the keyword \"multipleOf\" is not supported"),
                arguments("{\"patternProperties\": {}}", "/patternProperties: the keyword"),
                arguments("{\"uniqueItems\": true}", "/uniqueItems: the keyword"),
                arguments("{\"type\": \"number\", \"minimum\": 3, \"exclusiveMaximum\": 3}", "root: no number from 3 to 3"),
                arguments("{\"minimum\": 1e-300}", "/minimum: a bound of more than 100 digits"),
                arguments("{\"type\": \"integer\", \"maximum\": 1e300}", "/maximum: a bound of more than 100 digits"),
                arguments("{\"minlength\": 3}", "/minlength: the keyword \"minlength\" is not known; \"minLength\" is"),
                arguments("{\"items\": {\"not\": {}}}", "/items/not: the keyword"),
                arguments("{\"allOf\": [{\"prefixItems\": [{}], \"items\": {\"type\": \"null\"}}, {\"items\": {\"type\": \"null\"}}]}",
                        "/allOf/1/items: \"items\" in several schemas"),
                arguments(
                        "{\"anyOf\": [{\"$ref\": \"#/$defs/a\"}], \"$defs\": {\"a\": {\"anyOf\": [{\"$ref\": \"#\"}, {\"type\": \"null\"}]}}}",
                        "/$defs/a/anyOf/0/$ref: $ref # leads back to a schema that it begins"),
                arguments("{\"items\": {\"$ref\": \"#/$defs/a\"}, \"$defs\": {\"a\": {\"anyOf\": [{\"items\": {\"$ref\": \"#/$defs/b\"}}, "
                        + "{\"$ref\": \"#/$defs/b\"}]}, \"b\": {\"anyOf\": [{\"$ref\": \"#/$defs/a\"}, {\"type\": \"null\"}]}}}",
                        "/$defs/a/anyOf/1/$ref: $ref #/$defs/b leads back to a schema that it begins"),
                arguments("{\"format\": \"email\"}",
                        "/format: format \"email\" is not supported; there are date, time, date-time and uuid"),
                arguments("{\"type\": \"text\"}", "root: type \"text\"; there are [array, boolean,"),
                arguments("{\"items\": false}", ""),
                arguments("{\"properties\": {\"a\": false}}", "/properties/a: the schema false allows nothing"),
                arguments("{\"$ref\": \"other.json\"}", "/$ref: $ref other.json leads out of the document"),
                arguments("{\"allOf\": [{\"type\": \"null\"}, {\"type\": \"string\"}]}", "/allOf/1/type: no type satisfies"),
                arguments("{\"allOf\": [{\"pattern\": \"^a$\"}, {\"pattern\": \"^b$\"}]}", "/allOf/1/pattern: \"pattern\" in several"),
                arguments("{\"allOf\": [{\"properties\": {\"a\": {}}, \"additionalProperties\": false}, {\"properties\": {\"b\": {}}}]}",
                        "/allOf/0/additionalProperties: additionalProperties does not see"),
                arguments(
                        "{\"$defs\": {\"a\": {\"title\": \"x\", \"type\": \"object\", \"allOf\": [{\"$ref\": \"#/$defs/a\"}]}}, \"$ref\": \"#/$defs/a\"}",
                        "within its own target"),
                arguments("{\"enum\": [1], \"minimum\": 3}", "root: enum or const beside keywords other than type"),
                arguments("{\"enum\": [1], \"type\": \"string\"}", "root: no listed value is of the schema's type"),
                arguments("{\"type\": \"integer\", \"minimum\": 3, \"maximum\": 2}", "root: no integer from 3 to 2"),
                arguments("{\"minItems\": 3, \"maxItems\": 2}", "root: at least 3 items, but at most 2"),
                arguments("{\"minLength\": 3, \"maxLength\": 2}", "root: at least 3 characters, but at most 2"),
                arguments("{\"minLength\": 3, \"pattern\": \"^a$\"}", "root: more than one of pattern, format and lengths"),
                arguments("{\"properties\": {\"a\": {}}, \"required\": [\"b\"]}", "root: \"b\" is required, but no property has this name"),
                arguments("{\"pattern\": \"abc\"}", "/pattern: character 1 of the pattern: a pattern must begin with ^"),
                arguments("{\"pattern\": \"^(?=a)$\"}", "/pattern: character 4 of the pattern: only plain groups"),
                arguments("{\"pattern\": \"^a|b$\"}", "/pattern: character 3 of the pattern: alternatives around"),
                arguments("{\"pattern\": \"^\\\\bx$\"}", "/pattern: character 4 of the pattern: the escape \\b is not supported"));
    }

    @ParameterizedTest
    @MethodSource
    void refusals(String schema, String message) {
        if (message.isEmpty()) {
            assertTrue(GrammarAutomatonTest.accepts(new GrammarAutomaton(grammar(schema)), "[]"));
            return;
        }
        String found = assertThrows(UnsupportedException.class, () -> grammar(schema)).getMessage();
        assertTrue(found.startsWith("JSON schema, ") && found.contains(message), found);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"minLength\": -1}", "{\"properties\": 3}", "{\"required\": [1]}", "{\"$ref\": \"#/nowhere\"}",
        "{\"items\": 3}", "{\"minimum\": 1e999}"})
    void schemasThatAreNoneAreMalformed(String schema) {
        assertThrows(MalformedFileException.class, () -> grammar(schema));
    }

    @Test
    void hostileSchemasEnd() {
        String deep = "{\"items\":".repeat(1500) + "{}" + "}".repeat(1500);
        assertTrue(assertThrows(UnsupportedException.class, () -> grammar(deep)).getMessage().contains("nested schemas"));
        String twice = "\"anyOf\": [{}, {}]";
        String many = "{\"allOf\": [" + ("{" + twice + "},").repeat(30) + "{}]}";
        assertTrue(assertThrows(UnsupportedException.class, () -> grammar(many)).getMessage().contains("more than"));
        assertTrue(assertThrows(UnsupportedException.class, () -> grammar("{\"$ref\": \"#\"}")).getMessage().contains("leads back"));
    }

    @Test
    void aThousandOptionalPropertiesStaySmall() {
        StringBuilder schema = new StringBuilder("{\"properties\": {");
        for (int i = 0; i < 1000; i++) {
            schema.append(i == 0 ? "" : ",").append("\"p").append(i).append("\": {\"type\": \"null\"}");
        }
        GrammarAutomaton automaton = new GrammarAutomaton(grammar(schema + "}}"));
        assertTrue(GrammarAutomatonTest.accepts(automaton, "{\"p3\":null,\"p999\":null}"));
        assertFalse(GrammarAutomatonTest.accepts(automaton, "{\"p999\":null,\"p3\":null}"));
    }

    @Test
    void rangesHoldExactlyTheirIntegers() {
        RandomGenerator random = GrammarAutomatonTest.generator(8);
        for (int trial = 0; trial < 300; trial++) {
            int one = random.nextInt(-1200, 1200) / random.nextInt(1, 12);
            int other = random.nextInt(-1200, 1200) / random.nextInt(1, 12);
            int min = Math.min(one, other);
            int max = Math.max(one, other);
            GrammarAutomaton automaton = new GrammarAutomaton(
                    new Grammar(java.util.Map.of("root", IntegerRange.between(BigInteger.valueOf(min), BigInteger.valueOf(max)))));
            for (int i = -1300; i <= 1300; i++) {
                int number = i;
                assertEquals(min <= i && i <= max, GrammarAutomatonTest.accepts(automaton, Integer.toString(i)),
                        () -> number + " in " + min + " to " + max);
            }
            for (String none : Set.of("", "-", "-0", "00", "01", "-01")) {
                assertFalse(GrammarAutomatonTest.accepts(automaton, none));
            }
        }
    }

    @Test
    void rangesHoldExactlyTheirNumbers() {
        RandomGenerator random = GrammarAutomatonTest.generator(9);
        for (int trial = 0; trial < 400; trial++) {
            NumberRange.Bound one = new NumberRange.Bound(decimal(random), random.nextInt(3) == 0);
            NumberRange.Bound other = new NumberRange.Bound(decimal(random), random.nextInt(3) == 0);
            boolean ordered = one.value().compareTo(other.value()) <= 0;
            NumberRange.Bound low = ordered ? one : other;
            NumberRange.Bound high = ordered ? other : one;
            List<GrammarExpression> ways = NumberRange.between(low, high);
            GrammarAutomaton automaton = new GrammarAutomaton(new Grammar(java.util.Map.of("root", new GrammarExpression.Choice(ways))));
            for (int i = 0; i < 300; i++) {
                BigDecimal number = i == 0 ? low.value() : i == 1 ? high.value() : decimal(random);
                int below = number.compareTo(low.value());
                int above = number.compareTo(high.value());
                boolean inside = (below > 0 || below == 0 && !low.open()) && (above < 0 || above == 0 && !high.open());
                assertEquals(inside, GrammarAutomatonTest.accepts(automaton, number.toPlainString()),
                        () -> number + " in " + low + " to " + high);
            }
            for (String none : Set.of("", "-", "00", "01.5", "1.", ".5", "-01", "1e0")) {
                assertFalse(GrammarAutomatonTest.accepts(automaton, none));
            }
        }
    }

    /** A number of few digits, some with zeros at the end. */
    private static BigDecimal decimal(RandomGenerator random) {
        int scale = random.nextInt(4);
        return new BigDecimal(BigInteger.valueOf(random.nextInt(-150, 150)), scale).setScale(scale + random.nextInt(2));
    }

    @ParameterizedTest
    @ValueSource(strings = {"#/$defs/Partial%3CFoo%3E", "#/$defs/100%25", "#/$defs/100%", "#/$defs/%C3%BC", "#here", "#old",
        "https://example.org/s.json#/$defs/x", "https://example.org/s.json#here", "s.json#/$defs/x", "/s.json#/$defs/x", "inner.json",
        "https://example.org/inner.json", "inner.json#within", "inner.json#/$defs/0"})
    void referencesAreUris(String reference) {
        String schema = """
                {"$id": "https://example.org/s.json", "items": {"$ref": "%s"}, "maxItems": 1, "type": "array",
                 "default": {"$anchor": "here", "type": "null"},
                 "$defs": {"Partial<Foo>": {"const": 7}, "100%%": {"const": 7}, "ü": {"const": 7}, "x": {"const": 7},
                           "y": {"$anchor": "here", "const": 7}, "z": {"$id": "#old", "const": 7},
                           "w": {"$id": "inner.json", "$ref": "#/$defs/0", "$defs": {"0": {"$anchor": "within", "const": 7}}}}}"""
                .formatted(reference);
        GrammarAutomaton automaton = new GrammarAutomaton(grammar(schema));
        assertTrue(GrammarAutomatonTest.accepts(automaton, "[7]"));
        assertFalse(GrammarAutomatonTest.accepts(automaton, "[8]"));
    }

    @Test
    void patternsMatchWhatRegularExpressionsMatch() {
        RandomGenerator random = GrammarAutomatonTest.generator(12);
        Set<Boolean> seen = new HashSet<>();
        for (String pattern : List.of("^a*b+c?$", "^(a|bc)*$", "^[^a]{2}$", "^(?:a{1,2}|\\w-)+?$", "^.\\.[a\\-c]$", "^$", "^\\S\\s?\\D$")) {
            GrammarAutomaton automaton = new GrammarAutomaton(new Grammar(java.util.Map.of("root", JsonPattern.parse("", pattern))));
            for (int i = 0; i < 3000; i++) {
                String text = random.ints(random.nextInt(5), 0, 6).mapToObj(c -> "abc.- ".substring(c, c + 1))
                        .collect(java.util.stream.Collectors.joining());
                boolean expected = text.matches(pattern);
                seen.add(expected);
                assertEquals(expected, GrammarAutomatonTest.accepts(automaton, text), () -> pattern + " on '" + text + "'");
            }
        }
        assertEquals(2, seen.size());
    }

    private static Grammar grammar(String schema) {
        String object = schema.startsWith("{") ? schema : "{\"allOf\": [" + schema + "]}";
        return JsonSchema.grammar(Json.parse(Path.of("schema"), object, LIMITS));
    }
}

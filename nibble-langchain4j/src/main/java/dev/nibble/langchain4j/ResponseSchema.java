package dev.nibble.langchain4j;

import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.json.JsonAnyOfSchema;
import dev.langchain4j.model.chat.request.json.JsonArraySchema;
import dev.langchain4j.model.chat.request.json.JsonBooleanSchema;
import dev.langchain4j.model.chat.request.json.JsonEnumSchema;
import dev.langchain4j.model.chat.request.json.JsonIntegerSchema;
import dev.langchain4j.model.chat.request.json.JsonNullSchema;
import dev.langchain4j.model.chat.request.json.JsonNumberSchema;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonRawSchema;
import dev.langchain4j.model.chat.request.json.JsonReferenceSchema;
import dev.langchain4j.model.chat.request.json.JsonSchemaElement;
import dev.langchain4j.model.chat.request.json.JsonStringSchema;
import dev.nibble.error.MalformedFileException;
import dev.nibble.text.grammar.Grammar;
import dev.nibble.text.grammar.JsonSchema;
import dev.nibble.text.json.Json;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Converts LangChain4j's schemas to JSON schemas, without descriptions. */
final class ResponseSchema {
    private static final Json.Limits LIMITS = new Json.Limits("SCHEMA", 4 << 20, 400, 1 << 20);

    private ResponseSchema() {}

    /** The grammar of the texts that satisfy a schema. */
    static Grammar grammar(JsonSchemaElement root) {
        try {
            return JsonSchema.grammar(Json.parse(Path.of("response format"), PlainJson.text(fields(root)), LIMITS));
        } catch (MalformedFileException e) {
            throw new InvalidRequestException(e.getMessage(), e);
        }
    }

    static Map<String, Object> fields(JsonSchemaElement element) {
        return switch (element) {
            case JsonObjectSchema object -> object(object);
            case JsonArraySchema array when array.items() == null -> type("array");
            case JsonArraySchema array -> Map.of("type", "array", "items", fields(array.items()));
            case JsonAnyOfSchema choice -> Map.of("anyOf", choice.anyOf().stream().map(ResponseSchema::fields).toList());
            case JsonEnumSchema words -> Map.of("type", "string", "enum", words.enumValues());
            case JsonStringSchema _ -> type("string");
            case JsonIntegerSchema _ -> type("integer");
            case JsonNumberSchema _ -> type("number");
            case JsonBooleanSchema _ -> type("boolean");
            case JsonNullSchema _ -> type("null");
            case JsonReferenceSchema reference -> Map.of("$ref", "#/$defs/" + step(reference.reference()));
            case JsonRawSchema raw -> PlainJson.object("the raw JSON schema", raw.schema());
            default -> throw new UnsupportedFeatureException("JSON schema elements of " + element.getClass() + " are not supported");
        };
    }

    private static Map<String, Object> type(String name) {
        return Map.of("type", name);
    }

    private static Map<String, Object> object(JsonObjectSchema object) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("type", "object");
        fields.put("properties", all(object.properties()));
        fields.put("required", object.required());
        if (object.additionalProperties() != null) {
            fields.put("additionalProperties", object.additionalProperties());
        }
        fields.put("$defs", all(object.definitions()));
        return fields;
    }

    private static Map<String, Object> all(Map<String, JsonSchemaElement> elements) {
        Map<String, Object> all = new LinkedHashMap<>();
        elements.forEach((name, element) -> all.put(name, fields(element)));
        return all;
    }

    /** A name as a step of a JSON pointer. */
    private static String step(String name) {
        return name.replace("~", "~0").replace("/", "~1");
    }
}

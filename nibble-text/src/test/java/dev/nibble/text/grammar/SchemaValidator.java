package dev.nibble.text.grammar;

import java.math.BigDecimal;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** Validator of JSON Schema, by the specification (draft 2020-12), for the supported keywords. */
final class SchemaValidator {
    private final JsonNode document;

    SchemaValidator(JsonNode document) {
        this.document = document;
    }

    boolean valid(JsonNode value) {
        return valid(document, value);
    }

    private boolean valid(JsonNode schema, JsonNode value) {
        if (schema.isBoolean()) {
            return schema.booleanValue();
        }
        boolean valid = true;
        for (var keyword : schema.properties()) {
            valid &= satisfies(schema, keyword.getKey(), keyword.getValue(), value);
        }
        return valid;
    }

    private boolean satisfies(JsonNode schema, String keyword, JsonNode wanted, JsonNode value) {
        return switch (keyword) {
            case "$ref" -> valid(document.at(wanted.stringValue().substring(1)), value);
            case "type" -> wanted.isArray() ? any(wanted, one -> type(one.stringValue(), value)) : type(wanted.stringValue(), value);
            case "const" -> same(wanted, value);
            case "enum" -> any(wanted, one -> same(one, value));
            case "anyOf" -> any(wanted, one -> valid(one, value));
            case "oneOf" -> wanted.valueStream().filter(one -> valid(one, value)).count() == 1;
            case "allOf" -> wanted.valueStream().allMatch(one -> valid(one, value));
            case "minimum" -> !value.isNumber() || number(value).compareTo(number(wanted)) >= 0;
            case "maximum" -> !value.isNumber() || number(value).compareTo(number(wanted)) <= 0;
            case "exclusiveMinimum" -> !value.isNumber() || number(value).compareTo(number(wanted)) > 0;
            case "exclusiveMaximum" -> !value.isNumber() || number(value).compareTo(number(wanted)) < 0;
            case "minLength" -> !value.isString() || length(value) >= wanted.intValue();
            case "maxLength" -> !value.isString() || length(value) <= wanted.intValue();
            case "pattern" -> !value.isString() || Pattern.compile(wanted.stringValue()).matcher(value.stringValue()).find();
            case "format" -> !value.isString() || format(wanted.stringValue(), value.stringValue());
            case "minItems" -> !value.isArray() || value.size() >= wanted.intValue();
            case "maxItems" -> !value.isArray() || value.size() <= wanted.intValue();
            case "prefixItems", "items" -> !value.isArray() || items(schema, value);
            case "minProperties" -> !value.isObject() || value.size() >= wanted.intValue();
            case "maxProperties" -> !value.isObject() || value.size() <= wanted.intValue();
            case "required" -> !value.isObject() || wanted.valueStream().allMatch(name -> value.has(name.stringValue()));
            case "properties" -> !value.isObject() || wanted.properties().stream()
                    .allMatch(property -> !value.has(property.getKey()) || valid(property.getValue(), value.get(property.getKey())));
            case "additionalProperties" -> !value.isObject() || value.properties().stream()
                    .allMatch(member -> schema.path("properties").has(member.getKey()) || valid(wanted, member.getValue()));
            case "$defs", "title", "description", "id", "x-order", "markdownDescription" -> true;
            default -> throw new IllegalArgumentException(keyword);
        };
    }

    private static boolean any(JsonNode array, java.util.function.Predicate<JsonNode> test) {
        return array.valueStream().anyMatch(test);
    }

    private boolean items(JsonNode schema, JsonNode array) {
        JsonNode prefix = schema.path("prefixItems");
        for (int i = 0; i < array.size(); i++) {
            if (i < prefix.size()
                    ? !valid(prefix.get(i), array.get(i))
                    : schema.has("items") && !valid(schema.get("items"), array.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean type(String type, JsonNode value) {
        return switch (type) {
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            case "string" -> value.isString();
            case "number" -> value.isNumber();
            case "integer" -> value.isIntegralNumber();
            case "boolean" -> value.isBoolean();
            case "null" -> value.isNull();
            default -> throw new IllegalArgumentException(type);
        };
    }

    private static boolean same(JsonNode one, JsonNode other) {
        return one.isNumber() && other.isNumber() ? number(one).compareTo(number(other)) == 0 : one.equals(other);
    }

    private static BigDecimal number(JsonNode value) {
        return value.decimalValue();
    }

    private static int length(JsonNode value) {
        return value.stringValue().codePointCount(0, value.stringValue().length());
    }

    private static boolean format(String format, String text) {
        try {
            switch (format) {
                case "date" -> java.time.LocalDate.parse(text);
                case "time" -> java.time.LocalTime.parse(text.replaceAll("(Z|[+-]\\d\\d:\\d\\d)$", ""));
                case "date-time" -> java.time.LocalDateTime.parse(text.replaceAll("(Z|[+-]\\d\\d:\\d\\d)$", ""));
                case "uuid" -> java.util.UUID.fromString(text);
                default -> throw new IllegalArgumentException(format);
            }
            return format.equals("date") || format.equals("uuid") ? text.length() > 9 : text.matches(".*(Z|[+-]\\d\\d:\\d\\d)");
        } catch (java.time.DateTimeException e) {
            return false;
        }
    }
}

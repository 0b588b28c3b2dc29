package dev.nibble.text.grammar;

import dev.nibble.error.UnsupportedException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Writes the JSON schema of a record class; every record in it is a definition, so that records may be recursive. */
final class RecordSchema {
    private static final String NUMBER = "{\"type\":\"number\"}";
    private static final Map<Type, String> PLAIN = Map.ofEntries(Map.entry(String.class, "{\"type\":\"string\"}"),
            Map.entry(boolean.class, "{\"type\":\"boolean\"}"), Map.entry(Boolean.class, "{\"type\":\"boolean\"}"),
            whole(byte.class, Byte.MIN_VALUE, Byte.MAX_VALUE), whole(Byte.class, Byte.MIN_VALUE, Byte.MAX_VALUE),
            whole(short.class, Short.MIN_VALUE, Short.MAX_VALUE), whole(Short.class, Short.MIN_VALUE, Short.MAX_VALUE),
            whole(int.class, Integer.MIN_VALUE, Integer.MAX_VALUE), whole(Integer.class, Integer.MIN_VALUE, Integer.MAX_VALUE),
            whole(long.class, Long.MIN_VALUE, Long.MAX_VALUE), whole(Long.class, Long.MIN_VALUE, Long.MAX_VALUE),
            Map.entry(BigInteger.class, "{\"type\":\"integer\"}"), Map.entry(float.class, NUMBER), Map.entry(Float.class, NUMBER),
            Map.entry(double.class, NUMBER), Map.entry(Double.class, NUMBER), Map.entry(BigDecimal.class, NUMBER));

    private final Map<Class<?>, String> definitions = new LinkedHashMap<>();

    private RecordSchema() {}

    private static Map.Entry<Type, String> whole(Class<?> type, long min, long max) {
        return Map.entry(type, "{\"type\":\"integer\",\"minimum\":" + min + ",\"maximum\":" + max + "}");
    }

    static String of(Class<? extends Record> type) {
        RecordSchema schema = new RecordSchema();
        String root = schema.reference(type);
        return "{\"$ref\":" + root.substring(root.indexOf(':') + 1, root.length() - 1) + ",\"$defs\":{"
                + schema.definitions.entrySet().stream()
                        .map(entry -> '"' + entry.getKey().getName() + "\":" + entry.getValue()).collect(Collectors.joining(","))
                + "}}";
    }

    private String reference(Class<?> type) {
        if (!definitions.containsKey(type)) {
            definitions.put(type, "");
            definitions.put(type, object(type));
        }
        return "{\"$ref\":\"#/$defs/" + type.getName() + "\"}";
    }

    private String object(Class<?> type) {
        RecordComponent[] components = type.getRecordComponents();
        String properties = Arrays.stream(components).map(component -> '"' + component.getName() + "\":"
                + schema(optional(component.getGenericType()).orElse(component.getGenericType()), place(component)))
                .collect(Collectors.joining(","));
        String required = Arrays.stream(components).filter(component -> optional(component.getGenericType()).isEmpty())
                .map(component -> '"' + component.getName() + '"').collect(Collectors.joining(","));
        return "{\"type\":\"object\",\"properties\":{" + properties + "},\"required\":[" + required
                + "],\"additionalProperties\":false}";
    }

    private static String place(RecordComponent component) {
        return component.getDeclaringRecord().getSimpleName() + "." + component.getName();
    }

    private static Optional<Type> optional(Type type) {
        return argument(type, Optional.class);
    }

    private static Optional<Type> argument(Type type, Class<?> raw) {
        return type instanceof ParameterizedType parameterized && parameterized.getRawType().equals(raw)
                ? Optional.of(parameterized.getActualTypeArguments()[0])
                : Optional.empty();
    }

    private String schema(Type type, String place) {
        Optional<Type> element = argument(type, List.class);
        if (element.isPresent()) {
            return "{\"type\":\"array\",\"items\":" + schema(element.get(), place) + "}";
        }
        if (type instanceof Class<?> plain && plain.isEnum()) {
            return "{\"enum\":[" + Arrays.stream(plain.getEnumConstants()).map(constant -> '"' + ((Enum<?>) constant).name() + '"')
                    .collect(Collectors.joining(",")) + "]}";
        }
        if (type instanceof Class<?> plain && plain.isRecord()) {
            return reference(plain);
        }
        if (!PLAIN.containsKey(type)) {
            throw new UnsupportedException(place + ": no JSON schema for " + type.getTypeName() + "; there are String, boolean,"
                    + " numbers, enums, records, List and, for a whole component, Optional of these");
        }
        return PLAIN.get(type);
    }
}

package dev.nibble.text.template;

import dev.nibble.text.json.Json;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Golden JSON as maps, lists and numbers for templates. */
final class PlainJson {
    private PlainJson() {}

    static Json resource(String name) throws IOException {
        try (var in = PlainJson.class.getResourceAsStream("/golden/templates/" + name)) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return Json.parse(Path.of(name), text, new Json.Limits("GOLDEN", 64 << 20, 64, 16 << 20));
        }
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> map(Json json) {
        return (Map<String, Object>) value(json);
    }

    private static Object value(Json json) {
        if (json.isObject()) {
            Map<String, Object> map = new LinkedHashMap<>();
            json.members().forEach((name, member) -> map.put(name, value(member)));
            return map;
        }
        if (json.isArray()) {
            List<Object> list = new ArrayList<>();
            json.elements().forEach(element -> list.add(value(element)));
            return list;
        }
        if (json.isString()) {
            return json.string();
        }
        if (json.isBoolean()) {
            return json.bool();
        }
        return json.isNumber() ? number(json.toString()) : null;
    }

    private static Object number(String text) {
        boolean whole = text.chars().allMatch(c -> c == '-' || Character.isDigit(c));
        return whole ? new BigInteger(text) : Double.valueOf(text);
    }
}

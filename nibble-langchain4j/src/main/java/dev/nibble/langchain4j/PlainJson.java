package dev.nibble.langchain4j;

import dev.langchain4j.exception.InvalidRequestException;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** JSON text within requests as plain data: maps, lists, strings, numbers, truth values. */
final class PlainJson {
    private static final JsonMapper MAPPER = new JsonMapper();

    private PlainJson() {}

    static String text(Map<String, Object> object) {
        return MAPPER.writeValueAsString(object);
    }

    /** Parses an object. @param what name of the text, for errors */
    static Map<String, Object> object(String what, String text) {
        try {
            Map<String, Object> object = MAPPER.readValue(text, new TypeReference<Map<String, Object>>() {
            });
            if (object != null) {
                return object;
            }
        } catch (JacksonException e) {
            throw new InvalidRequestException(what + ": not a JSON object: " + e.getOriginalMessage(), e);
        }
        throw new InvalidRequestException(what + ": not a JSON object: found null");
    }
}

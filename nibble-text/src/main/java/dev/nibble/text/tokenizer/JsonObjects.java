package dev.nibble.text.tokenizer;

import java.util.LinkedHashMap;
import java.util.Map;

/** JSON objects to be written, in the order given. */
final class JsonObjects {
    private JsonObjects() {}

    /** @param pairs keys and values in turn */
    static Map<String, Object> object(Object... pairs) {
        Map<String, Object> object = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            object.put((String) pairs[i], pairs[i + 1]);
        }
        return object;
    }
}

package dev.nibble.core.model.oracle;

import tools.jackson.databind.JsonNode;

/** A config.json, read with the caller's defaults; {@code null} counts as absent. */
record HfConfig(JsonNode json) {
    boolean has(String key) {
        return json.hasNonNull(key);
    }

    int integer(String key) {
        if (!has(key)) {
            throw new IllegalStateException("the fixture's config lacks " + key);
        }
        return json.get(key).asInt();
    }

    int integer(String key, int otherwise) {
        return has(key) ? json.get(key).asInt() : otherwise;
    }

    double number(String key, double otherwise) {
        return has(key) ? json.get(key).asDouble() : otherwise;
    }

    boolean flag(String key, boolean otherwise) {
        return has(key) ? json.get(key).asBoolean() : otherwise;
    }

    String text(String key, String otherwise) {
        return has(key) ? json.get(key).asString() : otherwise;
    }

    HfConfig under(String key) {
        return new HfConfig(json.get(key));
    }
}

package dev.nibble.text.template;

import java.util.HashMap;
import java.util.Map;

/** The only mutable value: {@code namespace(found=false)}, and later {@code set ns.found = true}. */
final class Namespace implements Value {
    private final Map<String, Value> attributes = new HashMap<>();

    Map<String, Value> attributes() {
        return attributes;
    }

    @Override
    public boolean truth() {
        return true;
    }

    @Override
    public String typeName() {
        return "Namespace";
    }
}

package dev.nibble.text.template;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Variables by name; others are looked up in the enclosing scope. */
final class Scope {
    private final Optional<Scope> outer;
    private final Map<String, Value> variables;

    private Scope(Optional<Scope> outer, Map<String, Value> variables) {
        this.outer = outer;
        this.variables = variables;
    }

    static Scope outermost(Map<String, Value> variables) {
        return new Scope(Optional.empty(), variables);
    }

    Scope inner() {
        return new Scope(Optional.of(this), new HashMap<>());
    }

    void set(String name, Value value) {
        variables.put(name, value);
    }

    Value get(String name) {
        for (Scope scope = this;; scope = scope.outer.get()) {
            Value value = scope.variables.get(name);
            if (value != null) {
                return value;
            }
            if (scope.outer.isEmpty()) {
                return Undefined.variable(name);
            }
        }
    }
}

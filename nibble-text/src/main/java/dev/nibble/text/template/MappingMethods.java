package dev.nibble.text.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The methods of a dict. */
final class MappingMethods {
    /** Methods that would change the dict. */
    static final Set<String> CHANGING = Set.of("clear", "pop", "popitem", "setdefault", "update");

    private MappingMethods() {}

    static Optional<Value> find(Mapping mapping, String name) {
        Function.Body body = switch (name) {
            case "items" -> (arguments, rendering) -> {
                arguments.bind("items");
                return items(mapping, rendering.budget());
            };
            case "keys" -> (arguments, rendering) -> {
                arguments.bind("keys");
                return Sequence.of(Sequence.Kind.KEYS, Iteration.keys(mapping, rendering.budget()), rendering.budget());
            };
            case "values" -> (arguments, rendering) -> {
                arguments.bind("values");
                return Sequence.of(Sequence.Kind.VALUES, new ArrayList<>(mapping.entries().values()), rendering.budget());
            };
            case "get" -> (arguments, rendering) -> {
                Arguments.Bound bound = arguments.bind("get", "key", "default");
                Value found = mapping.entries().get(Mapping.key(bound.require("key"), rendering.budget()));
                return found != null ? found : bound.find("default").orElse(None.NONE);
            };
            case "copy" -> (arguments, _) -> {
                arguments.bind("copy");
                return mapping;
            };
            default -> null;
        };
        return Optional.ofNullable(body).map(method -> Function.builtIn(name, method));
    }

    static Sequence items(Mapping mapping, RenderBudget budget) {
        return Sequence.of(Sequence.Kind.ITEMS, pairs(mapping, budget), budget);
    }

    static List<Value> pairs(Mapping mapping, RenderBudget budget) {
        List<Value> pairs = new ArrayList<>();
        for (Map.Entry<Value, Value> entry : mapping.entries().entrySet()) {
            pairs.add(Sequence.pair(entry.getKey(), entry.getValue(), budget));
        }
        return pairs;
    }
}

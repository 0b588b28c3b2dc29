package dev.nibble.text.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Copies Java's maps, lists, strings and numbers to values; refuses everything else. */
final class PlainData {
    private final RenderBudget budget;

    PlainData(RenderBudget budget) {
        this.budget = budget;
    }

    Map<String, Value> variables(Map<String, ?> context) {
        Map<String, Value> variables = new LinkedHashMap<>();
        context.forEach((name, value) -> variables.put(name, value(value, name, 0)));
        return variables;
    }

    private Value value(Object object, String path, int depth) {
        if (depth > RenderLimits.VALUE_DEPTH) {
            throw new IllegalArgumentException(
                    "the value of " + path.substring(0, 40) + "… is nested deeper than " + RenderLimits.VALUE_DEPTH);
        }
        return switch (object) {
            case null -> None.NONE;
            case String text -> new StringValue(text);
            case Boolean truth -> Value.of(truth);
            case Integer number -> Value.of(number);
            case Long number -> Value.of(number);
            case Short number -> Value.of(number);
            case Byte number -> Value.of(number);
            case BigInteger number -> new IntValue(number);
            case Double number -> new FloatValue(number);
            case Float number -> new FloatValue(number);
            case BigDecimal number -> new FloatValue(number.doubleValue());
            case Map<?, ?> map -> map(map, path, depth);
            case List<?> list -> list(list, path, depth);
            default -> throw new IllegalArgumentException("the value of " + path + " is a " + object.getClass().getName()
                    + "; templates see maps, lists, strings, numbers, booleans and null only");
        };
    }

    private Value map(Map<?, ?> map, String path, int depth) {
        LinkedHashMap<Value, Value> entries = new LinkedHashMap<>();
        map.forEach((key, value) -> {
            if (!(key instanceof String name)) {
                throw new IllegalArgumentException("a key of " + path + " is not a string");
            }
            entries.put(new StringValue(name), value(value, path + "." + name, depth + 1));
        });
        return Mapping.of(entries, budget);
    }

    private Value list(List<?> list, String path, int depth) {
        List<Value> items = new ArrayList<>();
        for (Object item : list) {
            items.add(value(item, path + "[" + items.size() + "]", depth + 1));
        }
        return Sequence.list(items, budget);
    }
}

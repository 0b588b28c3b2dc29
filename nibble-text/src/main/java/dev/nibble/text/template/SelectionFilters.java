package dev.nibble.text.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** {@code map}, {@code select}, {@code reject} and similar filters. */
final class SelectionFilters {
    private SelectionFilters() {}

    static void list(Map<String, Filters.Filter> all) {
        all.put("map", SelectionFilters::map);
        all.put("select", (subject, arguments, rendering) -> select(subject, arguments, false, true, rendering));
        all.put("reject", (subject, arguments, rendering) -> select(subject, arguments, false, false, rendering));
        all.put("selectattr", (subject, arguments, rendering) -> select(subject, arguments, true, true, rendering));
        all.put("rejectattr", (subject, arguments, rendering) -> select(subject, arguments, true, false, rendering));
    }

    private static Value map(Value subject, Arguments arguments, Rendering rendering) {
        boolean attribute = arguments.positional().isEmpty() && arguments.named().containsKey("attribute");
        Arguments.Bound bound = attribute ? arguments.bind("map", "attribute", "default") : Arguments.NONE.bind("map");
        if (!attribute && arguments.positional().isEmpty()) {
            throw TemplateException.runtime("map requires a filter argument");
        }
        List<Value> mapped = new ArrayList<>();
        for (Value item : items(subject, rendering)) {
            rendering.budget().steps(1);
            if (attribute) {
                Value found = Access.path(item, bound.require("attribute"), rendering);
                mapped.add(found instanceof Undefined ? bound.some("default").orElse(found) : found);
            } else {
                mapped.add(Filters.apply(name(arguments.positional().getFirst()), item, arguments.from(1), rendering));
            }
        }
        rendering.budget().elements(mapped.size());
        return new Stream(mapped);
    }

    /** The items of the input; none if it is false, such as None or 0. */
    private static List<Value> items(Value subject, Rendering rendering) {
        return subject.truth() ? Iteration.list(subject, rendering.budget()) : List.of();
    }

    private static String name(Value name) {
        if (!(name instanceof StringValue text)) {
            throw TemplateException.runtime("expected the name of a filter or test, found " + name.typeName());
        }
        return text.value();
    }

    private static Value select(Value subject, Arguments arguments, boolean byAttribute, boolean keep, Rendering rendering) {
        int used = byAttribute ? 1 : 0;
        List<Value> positional = arguments.positional();
        if (positional.size() < used) {
            throw TemplateException.runtime("missing parameter for attribute name");
        }
        List<Value> kept = new ArrayList<>();
        for (Value item : items(subject, rendering)) {
            rendering.budget().steps(1);
            Value tested = byAttribute ? Access.path(item, positional.getFirst(), rendering) : item;
            boolean passes = positional.size() > used
                    ? Tests.test(name(positional.get(used)), tested, arguments.from(used + 1), rendering)
                    : tested.truth();
            if (passes == keep) {
                kept.add(item);
            }
        }
        rendering.budget().elements(kept.size());
        return new Stream(kept);
    }
}

package dev.nibble.text.template;

import java.util.HashMap;
import java.util.Map;

/** The filters by name. */
final class Filters {
    interface Filter {
        Value apply(Value subject, Arguments arguments, Rendering rendering);
    }

    private static final Map<String, Filter> ALL = all();

    private Filters() {}

    private static Map<String, Filter> all() {
        Map<String, Filter> all = new HashMap<>();
        TextFilters.list(all);
        NumberFilters.list(all);
        SequenceFilters.list(all);
        SelectionFilters.list(all);
        return Map.copyOf(all);
    }

    static boolean exists(String name) {
        return ALL.containsKey(name);
    }

    static Value apply(String name, Value subject, Arguments arguments, Rendering rendering) {
        Filter filter = ALL.get(name);
        if (filter == null) {
            throw TemplateException.runtime("no filter named '" + name + "'");
        }
        rendering.budget().steps(1);
        if (subject instanceof StringValue text) {
            rendering.budget().scan(text.value().length());
        }
        return filter.apply(subject, arguments, rendering);
    }
}

package dev.nibble.text.template;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The methods of a list and a tuple. */
final class SequenceMethods {
    /** Methods that would change the list. */
    static final Set<String> CHANGING = Set.of("append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort");

    private SequenceMethods() {}

    static Optional<Value> find(Sequence sequence, String name) {
        if (sequence.kind() == Sequence.Kind.GROUP && ("grouper".equals(name) || "list".equals(name))) {
            return Optional.of(sequence.items().get("grouper".equals(name) ? 0 : 1));
        }
        boolean list = sequence.kind() == Sequence.Kind.LIST;
        if (sequence.kind().isView() || !list && "copy".equals(name)) {
            return Optional.empty();
        }
        return switch (name) {
            case "index" -> Optional.of(Function.builtIn(name, (arguments, rendering) -> index(sequence, arguments, rendering.budget())));
            case "count" -> Optional.of(Function.builtIn(name, (arguments, rendering) -> {
                Value wanted = arguments.bind("count", "value").require("value");
                return Value.of(sequence.items().stream().filter(item -> Operations.same(item, wanted, rendering.budget())).count());
            }));
            case "copy" -> Optional.of(Function.builtIn(name, (_, _) -> sequence));
            default -> Optional.empty();
        };
    }

    private static Value index(Sequence sequence, Arguments arguments, RenderBudget budget) {
        Arguments.Bound bound = arguments.bind("index", "value", "start", "stop");
        List<Value> items = sequence.items();
        int from = place(bound.whole("start", 0), items.size());
        int to = place(bound.whole("stop", Integer.MAX_VALUE), items.size());
        for (int i = from; i < to; i++) {
            if (Operations.same(items.get(i), bound.require("value"), budget)) {
                return Value.of(i);
            }
        }
        throw TemplateException.runtime(PythonText.repr(bound.require("value"), budget) + " is not in list");
    }

    private static int place(int index, int size) {
        return index < 0 ? Math.max(0, index + size) : Math.min(index, size);
    }
}

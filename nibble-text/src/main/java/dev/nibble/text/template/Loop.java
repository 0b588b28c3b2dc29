package dev.nibble.text.template;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/** The variable {@code loop}: the state of a {@code for}. Looks ahead on demand only. */
final class Loop implements Value {
    static final int UNKNOWN = -1;
    /** The recursion of a loop that is not marked {@code recursive}. */
    static final Recursion NOT_RECURSIVE = (_, _) -> {
        throw TemplateException.runtime("The loop must have the 'recursive' marker to be called recursively.");
    };

    /** Renders the loop for other items, one level deeper. */
    interface Recursion {
        Value render(Value items, int depth);
    }

    private final int depth;
    private final Recursion recursion;
    private Iterator<Value> items;
    private int length;
    private int index;
    private Optional<Value> previous = Optional.empty();
    private Optional<Value> current = Optional.empty();
    private List<Value> lastChanged = List.of();
    private boolean everChanged;

    Loop(Iterator<Value> items, int length, int depth, Recursion recursion) {
        this.items = items;
        this.length = length;
        this.depth = depth;
        this.recursion = recursion;
    }

    boolean advance() {
        if (!items.hasNext()) {
            return false;
        }
        previous = current;
        current = Optional.of(items.next());
        index++;
        return true;
    }

    Value current() {
        return current.orElseThrow();
    }

    /** Index of the item, from 1. */
    int index() {
        return index;
    }

    int length() {
        if (length == UNKNOWN) {
            List<Value> rest = new ArrayList<>();
            items.forEachRemaining(rest::add);
            items = rest.iterator();
            length = index + rest.size();
        }
        return length;
    }

    Value attribute(String name) {
        return switch (name) {
            case "index" -> Value.of(index);
            case "index0" -> Value.of(index - 1);
            case "revindex" -> Value.of(length() - index + 1);
            case "revindex0" -> Value.of(length() - index);
            case "first" -> Value.of(index == 1);
            case "last" -> Value.of(!items.hasNext());
            case "length" -> Value.of(length());
            case "depth" -> Value.of(depth + 1);
            case "depth0" -> Value.of(depth);
            case "previtem" -> previous.orElseGet(() -> new Undefined("there is no previous item"));
            case "nextitem" -> next();
            case "cycle" -> Function.builtIn(name, (arguments, _) -> cycle(arguments.onlyPositional(name)));
            case "changed" -> Function.builtIn(name, (arguments, rendering) -> changed(arguments.onlyPositional(name), rendering));
            default -> Undefined.attribute(this, name);
        };
    }

    private Value next() {
        if (!items.hasNext()) {
            return new Undefined("there is no next item");
        }
        PeekedItems peeked = PeekedItems.of(items);
        items = peeked;
        return peeked.peek();
    }

    private Value cycle(List<Value> values) {
        if (values.isEmpty()) {
            throw TemplateException.runtime("no items for cycling given");
        }
        return values.get((index - 1) % values.size());
    }

    private Value changed(List<Value> values, Rendering rendering) {
        for (Value value : values) {
            rendering.budget().steps(value.weight() / 8);
        }
        boolean changed = !everChanged || !lastChanged.equals(values);
        everChanged = true;
        lastChanged = values;
        return Value.of(changed);
    }

    Value call(Arguments arguments, Rendering rendering) {
        rendering.budget().steps(1);
        return recursion.render(arguments.bind("loop", "iterable").require("iterable"), depth + 1);
    }

    @Override
    public boolean truth() {
        return length() > 0;
    }

    @Override
    public String typeName() {
        return "LoopContext";
    }
}

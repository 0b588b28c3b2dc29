package dev.nibble.text.template;

import java.util.Iterator;
import java.util.List;

/** Result of {@code map}, {@code select} and similar filters: values that can be iterated once, like a Python generator. */
final class Stream implements Value {
    private final Iterator<Value> items;

    Stream(List<Value> items) {
        this.items = items.iterator();
    }

    Iterator<Value> items() {
        return items;
    }

    @Override
    public boolean truth() {
        return true;
    }

    @Override
    public String typeName() {
        return "generator";
    }
}

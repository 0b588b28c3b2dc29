package dev.nibble.text.template;

import java.util.Iterator;
import java.util.Optional;

/** An iterator that can peek at its next item. */
final class PeekedItems implements Iterator<Value> {
    private final Iterator<Value> items;
    private Optional<Value> ahead = Optional.empty();

    private PeekedItems(Iterator<Value> items) {
        this.items = items;
    }

    static PeekedItems of(Iterator<Value> items) {
        return items instanceof PeekedItems peeked ? peeked : new PeekedItems(items);
    }

    Value peek() {
        if (ahead.isEmpty()) {
            ahead = Optional.of(items.next());
        }
        return ahead.get();
    }

    @Override
    public boolean hasNext() {
        return ahead.isPresent() || items.hasNext();
    }

    @Override
    public Value next() {
        Value value = peek();
        ahead = Optional.empty();
        return value;
    }
}

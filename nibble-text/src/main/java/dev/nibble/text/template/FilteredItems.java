package dev.nibble.text.template;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.Predicate;

/** The items that pass a loop's condition, tested on demand, since the body may change what the condition reads. */
final class FilteredItems implements Iterator<Value> {
    private final Iterator<Value> items;
    private final Predicate<Value> condition;
    private Optional<Value> next = Optional.empty();

    FilteredItems(Iterator<Value> items, Predicate<Value> condition) {
        this.items = items;
        this.condition = condition;
    }

    @Override
    public boolean hasNext() {
        while (next.isEmpty() && items.hasNext()) {
            next = Optional.of(items.next()).filter(condition);
        }
        return next.isPresent();
    }

    @Override
    public Value next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        Value value = next.get();
        next = Optional.empty();
        return value;
    }
}

package dev.nibble.text.template;

import java.util.List;

/** {@code cycler('odd', 'even')}: its values in rotation. */
final class Cycler implements Value {
    private final List<Value> items;
    private int position;

    Cycler(List<Value> items) {
        this.items = items;
    }

    Value current() {
        return items.get(position);
    }

    Value next() {
        Value current = current();
        position = (position + 1) % items.size();
        return current;
    }

    void reset() {
        position = 0;
    }

    @Override
    public boolean truth() {
        return true;
    }

    @Override
    public String typeName() {
        return "Cycler";
    }
}

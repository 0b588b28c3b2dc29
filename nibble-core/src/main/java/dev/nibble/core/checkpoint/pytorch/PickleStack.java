package dev.nibble.core.checkpoint.pytorch;

import dev.nibble.core.checkpoint.Limits;
import dev.nibble.core.checkpoint.pytorch.PickleValue.Array;
import dev.nibble.core.checkpoint.pytorch.PickleValue.Dictionary;
import dev.nibble.core.checkpoint.pytorch.PickleValue.None;
import dev.nibble.core.checkpoint.pytorch.PickleValue.Scalar;
import dev.nibble.core.checkpoint.pytorch.PickleValue.Tuple;
import dev.nibble.error.MalformedFileException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/** The memory of the pickle machine: a stack with marks, and the memo. Every misuse is a fault of the file. */
final class PickleStack {
    private final List<PickleValue> values = new ArrayList<>();
    private final List<Integer> marks = new ArrayList<>();
    private final Map<Long, PickleValue> memory = new HashMap<>();
    private final BiFunction<String, String, MalformedFileException> error;

    /** @param error makes an exception from code and reason */
    PickleStack(BiFunction<String, String, MalformedFileException> error) {
        this.error = error;
    }

    void push(PickleValue value) {
        if (values.size() >= Limits.PICKLE_OBJECTS) {
            throw error.apply("TOO_MANY_OBJECTS", "more than " + Limits.PICKLE_OBJECTS + " values on the stack");
        }
        values.add(value);
    }

    PickleValue top() {
        if (values.size() == bottom()) {
            throw error.apply("STACK", "a value is needed where there is none");
        }
        return values.getLast();
    }

    PickleValue pop() {
        PickleValue value = top();
        values.removeLast();
        return value;
    }

    void mark() {
        marks.add(values.size());
    }

    List<PickleValue> popToMark() {
        if (marks.isEmpty()) {
            throw error.apply("STACK", "a mark is needed where there is none");
        }
        List<PickleValue> tail = values.subList(marks.removeLast(), values.size());
        List<PickleValue> popped = List.copyOf(tail);
        tail.clear();
        return popped;
    }

    List<PickleValue> pop(int count) {
        if (values.size() - bottom() < count) {
            throw error.apply("STACK", count + " values are needed, there are " + (values.size() - bottom()));
        }
        List<PickleValue> tail = values.subList(values.size() - count, values.size());
        List<PickleValue> popped = List.copyOf(tail);
        tail.clear();
        return popped;
    }

    /** The result: the only value left. */
    PickleValue last() {
        if (values.size() != 1 || !marks.isEmpty()) {
            throw error.apply("STACK", "one value must be left at the end, there are " + values.size() + " and " + marks.size() + " marks");
        }
        return values.getFirst();
    }

    private int bottom() {
        return marks.isEmpty() ? 0 : marks.getLast();
    }

    void remember(long index) {
        if (index >= Limits.PICKLE_MEMO) {
            throw error.apply("MEMO", "memory " + index + ", the limit is " + Limits.PICKLE_MEMO);
        }
        memory.put(index, top());
    }

    void rememberNext() {
        remember(memory.size());
    }

    void recall(long index) {
        PickleValue value = memory.get(index);
        if (value == null) {
            throw error.apply("MEMO", "memory " + index + " was never set");
        }
        push(value);
    }

    /** Appends to the list on top. */
    void append(List<PickleValue> items) {
        if (!(top() instanceof Array array)) {
            throw error.apply("NOT_A_LIST", "only lists can be appended to");
        }
        array.items.addAll(items);
    }

    /** Adds alternating keys and values to the dictionary on top. */
    void put(List<PickleValue> keysAndValues) {
        if (!(top() instanceof Dictionary dictionary)) {
            throw error.apply("NOT_A_DICTIONARY", "only dictionaries can be given items");
        }
        if (keysAndValues.size() % 2 != 0) {
            throw error.apply("STACK", "a key without a value");
        }
        for (int i = 0; i < keysAndValues.size(); i += 2) {
            PickleValue key = keysAndValues.get(i);
            boolean plain = key instanceof None || (key instanceof Scalar scalar && !(scalar.value() instanceof byte[]));
            if (!plain) {
                throw error.apply("KEY", "keys of dictionaries must be texts or numbers");
            }
            dictionary.entries.put(key, keysAndValues.get(i + 1));
        }
    }

    /** Skips an optional attribute that PyTorch gives to state dictionaries; no other object state is allowed. */
    void build() {
        PickleValue state = pop();
        boolean known = top() instanceof Dictionary target && target.ordered && state instanceof Dictionary attributes
                && attributes.entries.keySet().stream().allMatch(new Scalar("_metadata")::equals);
        if (!known) {
            throw error.apply("BUILD", "objects other than state dictionaries cannot be given a state");
        }
    }

    static PickleValue tuple(List<PickleValue> items) {
        return new Tuple(items);
    }
}

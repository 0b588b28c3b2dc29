package dev.nibble.text.template;

import java.util.List;
import java.util.Objects;

/** An immutable list, tuple, range or view of a dict. */
final class Sequence implements Value {
    /** Name of the type in Python. */
    enum Kind {
        LIST("list"), TUPLE("tuple"), GROUP("_GroupTuple"), RANGE("range"), KEYS("dict_keys"), VALUES("dict_values"), ITEMS("dict_items");

        private final String title;

        Kind(String title) {
            this.title = title;
        }

        boolean isView() {
            return this == KEYS || this == VALUES || this == ITEMS;
        }

        boolean isTuple() {
            return this == TUPLE || this == GROUP;
        }
    }

    private final Kind kind;
    private final List<Value> items;
    private final long weight;
    private final int depth;

    private Sequence(Kind kind, List<Value> items) {
        this.kind = kind;
        this.items = List.copyOf(items);
        long heavy = 1;
        int deep = 0;
        for (Value item : this.items) {
            heavy += item.weight();
            deep = Math.max(deep, item.depth());
        }
        this.weight = heavy;
        this.depth = deep + 1;
        if (depth > RenderLimits.VALUE_DEPTH) {
            throw TemplateException.budget("lists nested deeper than " + RenderLimits.VALUE_DEPTH);
        }
    }

    static Sequence of(Kind kind, List<Value> items, RenderBudget budget) {
        budget.elements(items.size());
        Sequence sequence = new Sequence(kind, items);
        budget.checkWeight(sequence.weight);
        return sequence;
    }

    static Sequence list(List<Value> items, RenderBudget budget) {
        return of(Kind.LIST, items, budget);
    }

    static Sequence pair(Value first, Value second, RenderBudget budget) {
        return of(Kind.TUPLE, List.of(first, second), budget);
    }

    Kind kind() {
        return kind;
    }

    List<Value> items() {
        return items;
    }

    @Override
    public boolean truth() {
        return !items.isEmpty();
    }

    @Override
    public String typeName() {
        return kind.title;
    }

    @Override
    public long weight() {
        return weight;
    }

    @Override
    public int depth() {
        return depth;
    }

    @Override
    public boolean equals(Object other) {
        return this == other || other instanceof Sequence sequence && items.size() == sequence.items.size()
                && (kind == sequence.kind || kind.isTuple() && sequence.kind.isTuple()) && items.equals(sequence.items);
    }

    @Override
    public int hashCode() {
        return Objects.hash(items);
    }
}

package dev.nibble.text.template;

import java.util.Collections;
import java.util.Map;

/** An immutable dict in insertion order. */
final class Mapping implements Value {
    private final Map<Value, Value> entries;
    private final long weight;
    private final int depth;

    private Mapping(Map<Value, Value> entries) {
        this.entries = Collections.unmodifiableMap(entries);
        long heavy = 1;
        int deep = 0;
        for (Map.Entry<Value, Value> entry : entries.entrySet()) {
            heavy += entry.getKey().weight() + entry.getValue().weight();
            deep = Math.max(deep, Math.max(entry.getKey().depth(), entry.getValue().depth()));
        }
        this.weight = heavy;
        this.depth = deep + 1;
        if (depth > RenderLimits.VALUE_DEPTH) {
            throw TemplateException.budget("dicts nested deeper than " + RenderLimits.VALUE_DEPTH);
        }
    }

    /** The dict of those entries in their order; the caller must not change them afterwards. */
    static Mapping of(Map<Value, Value> entries, RenderBudget budget) {
        budget.elements(2L * entries.size());
        Mapping mapping = new Mapping(entries);
        budget.checkWeight(mapping.weight);
        return mapping;
    }

    /** Returns whether the value can be a key, that is, is immutable in Python. */
    static boolean isKey(Value value) {
        return switch (value) {
            case Mapping _ -> false;
            case Sequence sequence -> sequence.kind() == Sequence.Kind.RANGE
                    || sequence.kind().isTuple() && sequence.items().stream().allMatch(Mapping::isKey);
            default -> true;
        };
    }

    /** Returns the key if it can be one. */
    static Value key(Value key, RenderBudget budget) {
        budget.steps(key.weight() / 8);
        if (!isKey(key)) {
            throw TemplateException.runtime("unhashable type: '" + key.typeName() + "'");
        }
        return key;
    }

    Map<Value, Value> entries() {
        return entries;
    }

    @Override
    public boolean truth() {
        return !entries.isEmpty();
    }

    @Override
    public String typeName() {
        return "dict";
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
        return this == other || other instanceof Mapping mapping && entries.equals(mapping.entries);
    }

    @Override
    public int hashCode() {
        return entries.hashCode();
    }
}

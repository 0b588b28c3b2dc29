package dev.nibble.text.template;

import java.util.List;

/** Python's {@code <} between values, and stable sorting by it. */
final class Order {
    private Order() {}

    /** Negative, zero or positive; two values without an order are refused, as Python refuses them. */
    static int compare(Value a, Value b, RenderBudget budget) {
        budget.steps(1);
        if (a instanceof StringValue x && b instanceof StringValue y) {
            budget.scan(Math.min(x.value().length(), y.value().length()));
            return x.compareTo(y);
        }
        if (Numbers.isNumber(a) && Numbers.isNumber(b)) {
            return Numbers.isNaN(a) || Numbers.isNaN(b) ? 0 : Numbers.compare(a, b);
        }
        if (a instanceof Sequence x && b instanceof Sequence y && ordered(x, y)) {
            return compare(x.items(), y.items(), budget);
        }
        if (a instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (b instanceof Undefined undefined) {
            throw undefined.failure();
        }
        throw TemplateException.runtime("'<' not supported between instances of '" + a.typeName() + "' and '" + b.typeName() + "'");
    }

    private static boolean ordered(Sequence a, Sequence b) {
        return a.kind() == Sequence.Kind.LIST && b.kind() == Sequence.Kind.LIST || a.kind().isTuple() && b.kind().isTuple();
    }

    private static int compare(List<Value> a, List<Value> b, RenderBudget budget) {
        for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
            budget.steps(1 + Math.min(a.get(i).weight(), b.get(i).weight()) / 8);
            if (!a.get(i).equals(b.get(i))) {
                return compare(a.get(i), b.get(i), budget);
            }
        }
        return Integer.compare(a.size(), b.size());
    }

    static <T> void sort(List<T> items, java.util.function.Function<T, Value> key, RenderBudget budget) {
        budget.elements(items.size());
        try {
            items.sort((a, b) -> compare(key.apply(a), key.apply(b), budget));
        } catch (IllegalArgumentException e) {
            throw TemplateException.runtime("values without a consistent order (NaN) cannot be sorted");
        }
    }
}

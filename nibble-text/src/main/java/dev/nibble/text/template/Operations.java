package dev.nibble.text.template;

import java.util.ArrayList;
import java.util.List;

/** Semantics of the binary operators. */
final class Operations {
    private Operations() {}

    static Value apply(Operator operator, Value a, Value b, Rendering rendering) {
        RenderBudget budget = rendering.budget();
        budget.steps(1);
        if (operator == Operator.MODULO && a instanceof StringValue format) {
            return rendering.text(PercentFormat.format(format.value(), b, rendering));
        }
        if (a instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (b instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (Numbers.isNumber(a) && Numbers.isNumber(b)) {
            return number(operator, a, b);
        }
        if (operator == Operator.PLUS && a instanceof StringValue x && b instanceof StringValue y) {
            budget.text((long) x.value().length() + y.value().length());
            return new StringValue(x.value() + y.value());
        }
        if (operator == Operator.PLUS && a instanceof Sequence x && b instanceof Sequence y && joinable(x, y)) {
            budget.elements((long) x.items().size() + y.items().size());
            List<Value> items = new ArrayList<>(x.items());
            items.addAll(y.items());
            return Sequence.of(x.kind() == Sequence.Kind.LIST ? Sequence.Kind.LIST : Sequence.Kind.TUPLE, items, budget);
        }
        if (operator == Operator.TIMES && (a instanceof IntValue || a instanceof BoolValue)) {
            return repeat(b, a, budget);
        }
        if (operator == Operator.TIMES && (b instanceof IntValue || b instanceof BoolValue)) {
            return repeat(a, b, budget);
        }
        throw unsupported(operator, a, b);
    }

    private static boolean joinable(Sequence a, Sequence b) {
        return a.kind() == Sequence.Kind.LIST && b.kind() == Sequence.Kind.LIST || a.kind().isTuple() && b.kind().isTuple();
    }

    private static TemplateException unsupported(Operator operator, Value a, Value b) {
        if (operator == Operator.PLUS && a instanceof StringValue) {
            return TemplateException.runtime("can only concatenate str (not \"" + b.typeName() + "\") to str");
        }
        return TemplateException.runtime("unsupported operand type(s) for " + operator.spelling() + ": '" + a.typeName() + "' and '"
                + b.typeName() + "'");
    }

    private static Value number(Operator operator, Value a, Value b) {
        return switch (operator) {
            case PLUS -> Numbers.plus(a, b);
            case MINUS -> Numbers.minus(a, b);
            case TIMES -> Numbers.times(a, b);
            case DIVIDE -> Numbers.divide(a, b);
            case FLOOR_DIVIDE -> Numbers.floorDivide(a, b);
            case MODULO -> Numbers.modulo(a, b);
            case POWER -> Numbers.power(a, b);
            case AND, OR, NOT, EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL, IN, NOT_IN -> throw unsupported(operator, a, b);
        };
    }

    private static Value repeat(Value value, Value times, RenderBudget budget) {
        long count = Math.max(0, Arguments.Bound.whole("*", times));
        if (value instanceof StringValue text) {
            budget.text(count * text.value().length());
            return new StringValue(text.value().isEmpty() ? "" : text.value().repeat((int) count));
        }
        if (value instanceof Sequence sequence && (sequence.kind() == Sequence.Kind.LIST || sequence.kind().isTuple())) {
            budget.elements(count * sequence.items().size());
            List<Value> items = new ArrayList<>();
            for (long i = 0; i < (sequence.items().isEmpty() ? 0 : count); i++) {
                items.addAll(sequence.items());
            }
            return Sequence.of(sequence.kind() == Sequence.Kind.LIST ? Sequence.Kind.LIST : Sequence.Kind.TUPLE, items, budget);
        }
        throw unsupported(Operator.TIMES, value, times);
    }

    static boolean compare(Operator operator, Value a, Value b, RenderBudget budget) {
        boolean unordered = Numbers.isNaN(a) && Numbers.isNumber(b) || Numbers.isNaN(b) && Numbers.isNumber(a);
        return switch (operator) {
            case EQUAL -> same(a, b, budget);
            case NOT_EQUAL -> !same(a, b, budget);
            case LESS -> !unordered && Order.compare(a, b, budget) < 0;
            case LESS_EQUAL -> !unordered && Order.compare(a, b, budget) <= 0;
            case GREATER -> !unordered && Order.compare(a, b, budget) > 0;
            case GREATER_EQUAL -> !unordered && Order.compare(a, b, budget) >= 0;
            case IN -> contains(b, a, budget);
            case NOT_IN -> !contains(b, a, budget);
            case PLUS, MINUS, TIMES, DIVIDE, FLOOR_DIVIDE, MODULO, POWER, AND, OR, NOT -> throw unsupported(operator, a, b);
        };
    }

    static boolean same(Value a, Value b, RenderBudget budget) {
        budget.steps(1 + Math.min(a.weight(), b.weight()) / 8);
        return a.equals(b);
    }

    static boolean contains(Value container, Value item, RenderBudget budget) {
        return switch (container) {
            case StringValue text -> {
                if (item instanceof Undefined undefined) {
                    throw undefined.failure();
                }
                if (!(item instanceof StringValue part)) {
                    throw TemplateException.runtime("'in <string>' requires string as left operand, not " + item.typeName());
                }
                budget.scan(text.value().length());
                yield new SubstringSearch(part.value()).in(text.value(), 0) >= 0;
            }
            case Mapping mapping -> mapping.entries().containsKey(Mapping.key(item, budget));
            case Sequence _,Stream _,Undefined _ -> {
                boolean found = false;
                for (java.util.Iterator<Value> items = Iteration.iterate(container, budget); !found && items.hasNext();) {
                    found = same(items.next(), item, budget);
                }
                yield found;
            }
            default -> throw TemplateException.runtime("argument of type '" + container.typeName() + "' is not iterable");
        };
    }
}

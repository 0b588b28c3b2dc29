package dev.nibble.text.template;

import java.math.BigInteger;

/** The tests by name: {@code value is name(arguments)}. */
final class Tests {
    private Tests() {}

    static boolean test(String name, Value value, Arguments arguments, Rendering rendering) {
        rendering.budget().steps(1);
        return switch (name) {
            case "defined" -> !(value instanceof Undefined);
            case "undefined" -> value instanceof Undefined;
            case "none" -> value instanceof None;
            case "string" -> value instanceof StringValue;
            case "mapping" -> value instanceof Mapping;
            case "number" -> Numbers.isNumber(value);
            case "integer" -> value instanceof IntValue;
            case "float" -> value instanceof FloatValue;
            case "boolean" -> value instanceof BoolValue;
            case "true" -> value instanceof BoolValue truth && truth.truth();
            case "false" -> value instanceof BoolValue truth && !truth.truth();
            case "iterable" -> Iteration.isIterable(value);
            case "sequence" -> value instanceof StringValue || value instanceof Mapping
                    || value instanceof Sequence sequence && !sequence.kind().isView();
            case "callable" -> value instanceof Function || value instanceof Loop;
            case "escaped" -> false;
            case "odd" -> !parity(value);
            case "even" -> parity(value);
            case "lower" -> Texts.isCased(rendering.str(value), false);
            case "upper" -> Texts.isCased(rendering.str(value), true);
            default -> compared(name, value, arguments, rendering);
        };
    }

    private static boolean compared(String name, Value value, Arguments arguments, Rendering rendering) {
        RenderBudget budget = rendering.budget();
        return switch (name) {
            case "divisibleby" -> !Operations.apply(Operator.MODULO, value, other(name, arguments), rendering).truth();
            case "eq", "equalto", "==" -> Operations.compare(Operator.EQUAL, value, other(name, arguments), budget);
            case "ne", "!=" -> Operations.compare(Operator.NOT_EQUAL, value, other(name, arguments), budget);
            case "lt", "lessthan", "<" -> Operations.compare(Operator.LESS, value, other(name, arguments), budget);
            case "le", "<=" -> Operations.compare(Operator.LESS_EQUAL, value, other(name, arguments), budget);
            case "gt", "greaterthan", ">" -> Operations.compare(Operator.GREATER, value, other(name, arguments), budget);
            case "ge", ">=" -> Operations.compare(Operator.GREATER_EQUAL, value, other(name, arguments), budget);
            case "in" -> Operations.compare(Operator.IN, value, other(name, arguments), budget);
            case "sameas" -> sameAs(value, other(name, arguments));
            case "filter" -> value instanceof StringValue text && Filters.exists(text.value());
            case "test" -> value instanceof StringValue text && exists(text.value());
            default -> throw TemplateException.runtime("no test named '" + name + "'");
        };
    }

    private static Value other(String name, Arguments arguments) {
        return arguments.bind(name, "other").require("other");
    }

    private static boolean parity(Value value) {
        if (value instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (value instanceof FloatValue real) {
            return Math.abs(real.value()) % 2 == 0;
        }
        return Numbers.asWhole(value).mod(BigInteger.TWO).signum() == 0;
    }

    /** Identity; for small constants the same as equality. */
    @SuppressWarnings("ReferenceEquality")
    private static boolean sameAs(Value value, Value other) {
        boolean small = value instanceof BoolValue || value instanceof None || value instanceof IntValue || value instanceof StringValue;
        return value == other || small && value.getClass() == other.getClass() && value.equals(other);
    }

    private static boolean exists(String name) {
        return switch (name) {
            case "defined", "undefined", "none", "string", "mapping", "number", "integer", "float", "boolean", "true", "false", "iterable",
                    "sequence", "callable", "escaped", "odd", "even", "lower", "upper", "divisibleby", "eq", "equalto", "==", "ne", "!=",
                    "lt", "lessthan", "<", "le", "<=", "gt", "greaterthan", ">", "ge", ">=", "in", "sameas", "filter", "test" ->
                true;
            default -> false;
        };
    }
}

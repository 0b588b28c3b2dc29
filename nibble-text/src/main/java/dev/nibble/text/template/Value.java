package dev.nibble.text.template;

/**
 * A value of a template. {@code equals} is Python's {@code ==}: 1, 1.0 and True are the same, and lists are equal by their elements.
 */
sealed interface Value permits StringValue, IntValue, FloatValue, BoolValue, None, Undefined, Sequence, Mapping, Stream, Namespace, Loop,
        Cycler, Function {
    /** Python's truth value. */
    boolean truth();

    /** Python's name of the type, for messages. */
    String typeName();

    /** Elements of this value, nested ones included: the cost of traversing it. */
    default long weight() {
        return 1;
    }

    /** Levels of containers within this value. */
    default int depth() {
        return 0;
    }

    static Value of(boolean value) {
        return value ? BoolValue.TRUE : BoolValue.FALSE;
    }

    static Value of(long value) {
        return IntValue.of(value);
    }
}

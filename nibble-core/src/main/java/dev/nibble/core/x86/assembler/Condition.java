package dev.nibble.core.x86.assembler;

/** The condition of a jump, after a comparison. */
public enum Condition {
    BELOW(2), ABOVE_OR_EQUAL(3), EQUAL(4), NOT_EQUAL(5), BELOW_OR_EQUAL(6), ABOVE(7), LESS(12), GREATER_OR_EQUAL(13), LESS_OR_EQUAL(
            14), GREATER(
                    15);

    private final int code;

    Condition(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }
}

package dev.nibble.text.template;

/** The operators of expressions, by their spelling. */
enum Operator {
    PLUS("+"), MINUS("-"), TIMES("*"), DIVIDE("/"), FLOOR_DIVIDE("//"), MODULO("%"), POWER("**"), AND("and"), OR("or"), NOT("not"), EQUAL(
            "=="), NOT_EQUAL("!="), LESS("<"), LESS_EQUAL("<="), GREATER(">"), GREATER_EQUAL(">="), IN("in"), NOT_IN("not in");

    private final String spelling;

    Operator(String spelling) {
        this.spelling = spelling;
    }

    String spelling() {
        return spelling;
    }
}

package dev.nibble.text.template;

/** True and False, which count as 1 and 0. */
record BoolValue(boolean truth) implements Value {
    static final BoolValue TRUE = new BoolValue(true);
    static final BoolValue FALSE = new BoolValue(false);

    @Override
    public String typeName() {
        return "bool";
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Value number && Numbers.same(this, number);
    }

    @Override
    public int hashCode() {
        return truth ? 1 : 0;
    }
}

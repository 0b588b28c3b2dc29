package dev.nibble.text.template;

/** A double. */
record FloatValue(double value) implements Value {
    @Override
    public boolean truth() {
        return value != 0;
    }

    @Override
    public String typeName() {
        return "float";
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Value number && Numbers.same(this, number);
    }

    @Override
    public int hashCode() {
        return Numbers.isWhole(value) ? Numbers.whole(value).hashCode() : Double.hashCode(value);
    }
}

package dev.nibble.text.template;

import java.math.BigInteger;

/** An integer of up to {@link RenderLimits#NUMBER_BITS} bits. */
record IntValue(BigInteger value) implements Value {
    IntValue {
        if (value.bitLength() > RenderLimits.NUMBER_BITS) {
            throw TemplateException.budget("a number of more than " + RenderLimits.NUMBER_BITS + " bits");
        }
    }

    static IntValue of(long value) {
        return new IntValue(BigInteger.valueOf(value));
    }

    @Override
    public boolean truth() {
        return value.signum() != 0;
    }

    @Override
    public String typeName() {
        return "int";
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Value number && Numbers.same(this, number);
    }

    @Override
    public int hashCode() {
        return value.hashCode();
    }
}

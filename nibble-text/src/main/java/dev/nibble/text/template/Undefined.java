package dev.nibble.text.template;

/**
 * Value of a missing variable or attribute: prints as nothing, is false and empty, and fails in every other operation.
 *
 * @param complaint message of that failure
 */
record Undefined(String complaint) implements Value {
    static Undefined variable(String name) {
        return new Undefined("'" + name + "' is undefined");
    }

    static Undefined attribute(Value owner, String name) {
        return new Undefined("'" + kind(owner) + "' has no attribute '" + name + "'");
    }

    static Undefined element(Value owner, String shown) {
        return new Undefined(kind(owner) + " has no element " + shown);
    }

    private static String kind(Value owner) {
        return owner instanceof None ? "None" : owner.typeName() + " object";
    }

    TemplateException failure() {
        return TemplateException.undefined(complaint);
    }

    @Override
    public boolean truth() {
        return false;
    }

    @Override
    public String typeName() {
        return "Undefined";
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Undefined;
    }

    @Override
    public int hashCode() {
        return 0;
    }
}

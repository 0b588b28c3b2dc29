package dev.nibble.text.template;

/** Python's None. */
enum None implements Value {
    NONE;

    @Override
    public boolean truth() {
        return false;
    }

    @Override
    public String typeName() {
        return "NoneType";
    }
}

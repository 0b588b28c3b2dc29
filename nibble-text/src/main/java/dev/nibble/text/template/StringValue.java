package dev.nibble.text.template;

/** A string; its length and indices count code points, as Python's do. */
record StringValue(String value) implements Value, Comparable<StringValue> {
    static final StringValue EMPTY = new StringValue("");

    @Override
    public boolean truth() {
        return !value.isEmpty();
    }

    @Override
    public String typeName() {
        return "str";
    }

    @Override
    public long weight() {
        return 1L + value.length() / 256;
    }

    int length() {
        return value.codePointCount(0, value.length());
    }

    @Override
    public int compareTo(StringValue other) {
        int shared = Math.min(value.length(), other.value.length());
        for (int i = 0; i < shared; i++) {
            char a = value.charAt(i);
            char b = other.value.charAt(i);
            if (a != b) {
                boolean oneIsHalf = Character.isSurrogate(a) != Character.isSurrogate(b);
                return oneIsHalf ? Boolean.compare(Character.isSurrogate(a), Character.isSurrogate(b)) : Character.compare(a, b);
            }
        }
        return Integer.compare(value.length(), other.value.length());
    }
}

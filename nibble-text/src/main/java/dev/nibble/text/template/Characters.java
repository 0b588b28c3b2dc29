package dev.nibble.text.template;

/** Character classes as Python defines them. */
final class Characters {
    private Characters() {}

    /** {@code str.isprintable}: not a control, format, private or unassigned character, nor a separator other than the space. */
    static boolean isPrintable(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.PRIVATE_USE, Character.UNASSIGNED,
                    Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR ->
                false;
            case Character.SPACE_SEPARATOR -> c == ' ';
            default -> true;
        };
    }

    static boolean isSpace(int c) {
        return c >= '\t' && c <= '\r' || c >= 0x1c && c <= 0x1f || c == 0x85 || Character.isSpaceChar(c);
    }

    /** Returns whether {@code str.splitlines} splits at the character. */
    static boolean isLineEnd(int c) {
        return c >= '\n' && c <= '\r' || c >= 0x1c && c <= 0x1e || c == 0x85 || c == 0x2028 || c == 0x2029;
    }
}

package dev.nibble.text.grammar;

/** Escapes of GBNF for characters that cannot stand for themselves. */
final class Escapes {
    private Escapes() {}

    static String written(int codePoint, String special) {
        return switch (codePoint) {
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            default -> {
                if (special.indexOf(codePoint) >= 0) {
                    yield (codePoint == '^' || codePoint == '-'
                            ? String.format("\\x%02X", codePoint)
                            : "\\" + Character.toString(codePoint));
                }
                if (codePoint < ' ' || codePoint == 0x7F) {
                    yield String.format("\\x%02X", codePoint);
                }
                int type = Character.getType(codePoint);
                boolean invisible = type == Character.CONTROL || type == Character.FORMAT || type == Character.UNASSIGNED
                        || type == Character.LINE_SEPARATOR || type == Character.PARAGRAPH_SEPARATOR || type == Character.SURROGATE;
                yield invisible ? String.format("\\U%08X", codePoint) : Character.toString(codePoint);
            }
        };
    }
}

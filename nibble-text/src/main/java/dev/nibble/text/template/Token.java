package dev.nibble.text.template;

/** A token of a template's source; {@code text} is the decoded string, the name, the number or the operator. */
record Token(Kind kind, String text, Place place) {
    enum Kind {
        DATA, PRINT_BEGIN, PRINT_END, TAG_BEGIN, TAG_END, NAME, STRING, INTEGER, FLOAT, OPERATOR, END
    }

    boolean isOperator(String spelling) {
        return kind == Kind.OPERATOR && text.equals(spelling);
    }

    boolean isName(String name) {
        return kind == Kind.NAME && text.equals(name);
    }

    String shown() {
        return switch (kind) {
            case DATA -> "text";
            case PRINT_BEGIN -> "'{{'";
            case PRINT_END -> "end of print statement '}}'";
            case TAG_BEGIN -> "'{%'";
            case TAG_END -> "end of statement block '%}'";
            case END -> "end of template";
            case NAME, INTEGER, FLOAT, OPERATOR -> "'" + text + "'";
            case STRING -> "a string";
        };
    }
}

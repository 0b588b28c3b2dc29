package dev.nibble.text.grammar;

/** A cursor over GBNF text: characters, spaces, names, numbers and escapes; errors with line and column. */
final class GbnfText {
    private static final int END = -1;

    private final int[] codePoints;
    private int at;

    GbnfText(String text) {
        this.codePoints = text.codePoints().toArray();
    }

    /** Returns the cursor's position, for {@link #wrong}. */
    int place() {
        return at;
    }

    /** Exception with line and column, from 1, in characters. */
    GrammarException wrong(int index, String reason) {
        int line = 1;
        int column = 1;
        for (int i = 0; i < index; i++) {
            boolean newline = codePoints[i] == '\n' || codePoints[i] == '\r' && (i + 1 == codePoints.length || codePoints[i + 1] != '\n');
            line += newline ? 1 : 0;
            column = newline ? 1 : column + 1;
        }
        return new GrammarException(line, column, reason);
    }

    boolean atEnd() {
        return at == codePoints.length;
    }

    int peek() {
        return atEnd() ? END : codePoints[at];
    }

    int peekSecond() {
        return at + 1 < codePoints.length ? codePoints[at + 1] : END;
    }

    boolean take(char wanted) {
        boolean there = peek() == wanted;
        at += there ? 1 : 0;
        return there;
    }

    void expect(String wanted) {
        int start = at;
        for (int i = 0; i < wanted.length(); i++) {
            if (!take(wanted.charAt(i))) {
                at = start;
                throw wrong(at, "expected " + wanted + ", found " + found());
            }
        }
    }

    private String found() {
        return atEnd() ? "the end" : peek() == '\n' || peek() == '\r' ? "the end of the line" : "'" + Escapes.written(peek(), "") + "'";
    }

    /** Skips blanks and comments, and line ends where they are insignificant. */
    void skipSpace(boolean lines) {
        while (true) {
            if (peek() == '#') {
                while (!atEnd() && peek() != '\n' && peek() != '\r') {
                    at++;
                }
            } else if (peek() == ' ' || peek() == '\t' || lines && (peek() == '\n' || peek() == '\r')) {
                at++;
            } else {
                return;
            }
        }
    }

    void endOfLine() {
        if (!atEnd() && peek() != '\n' && peek() != '\r') {
            throw wrong(at, "expected the end of the rule, found " + found());
        }
    }

    static boolean inName(int c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-';
    }

    String name() {
        int start = at;
        while (inName(peek())) {
            at++;
        }
        if (at == start) {
            throw wrong(at, "expected a rule's name (letters, digits and -), found " + found());
        }
        return new String(codePoints, start, at - start);
    }

    int number(int max) {
        int start = at;
        long number = 0;
        int digits = 0;
        for (; peek() >= '0' && peek() <= '9'; at++, digits++) {
            number = Math.min(number * 10 + peek() - '0', Integer.MAX_VALUE);
        }
        if (digits == 0) {
            throw wrong(start, "expected a number, found " + found());
        }
        if (number > max) {
            throw wrong(start, "a repetition of " + number + " times or more; the limit is " + max);
        }
        return (int) number;
    }

    /** The next character of a literal or class that began at {@code start}, an escape resolved. */
    int character(int start, String what) {
        if (atEnd()) {
            throw wrong(start, "this " + what + " has no end");
        }
        int index = at;
        int c = codePoints[at++];
        if (c != '\\') {
            return c;
        }
        int escape = peek();
        at += atEnd() ? 0 : 1;
        return switch (escape) {
            case 'x' -> hex(2, index);
            case 'u' -> hex(4, index);
            case 'U' -> hex(8, index);
            case 't' -> '\t';
            case 'r' -> '\r';
            case 'n' -> '\n';
            case '\\', '"', '[', ']' -> escape;
            default -> throw wrong(index, "unknown escape; there are \\n \\r \\t \\\\ \\\" \\[ \\] \\xHH \\uHHHH \\UHHHHHHHH");
        };
    }

    private int hex(int digits, int index) {
        long value = 0;
        for (int i = 0; i < digits; i++) {
            int digit = peek() < 128 ? Character.digit(peek(), 16) : -1;
            if (digit < 0) {
                throw wrong(index, "expected " + digits + " hexadecimal digits, found " + found());
            }
            value = value << 4 | digit;
            at++;
        }
        if (value > Character.MAX_CODE_POINT) {
            throw wrong(index, "no character has the number " + Long.toHexString(value));
        }
        return (int) value;
    }
}

package dev.nibble.text.template;

/** Reads one token inside a tag: a name, number, string or operator. */
final class CodeLexer {
    private static final String[] LONG_OPERATORS = {"//", "**", "==", "!=", "<=", ">="};

    private final String source;
    private final SourceLines lines;
    private final int start;
    private int at;

    CodeLexer(String source, int start, SourceLines lines) {
        this.source = source;
        this.start = start;
        this.at = start;
        this.lines = lines;
    }

    /** Position after the token. */
    int position() {
        return at;
    }

    Token next() {
        char c = source.charAt(at);
        if (c == '\'' || c == '"') {
            return string(c);
        }
        if (c >= '0' && c <= '9') {
            return number();
        }
        if (c == '_' || Character.isUnicodeIdentifierStart(source.codePointAt(at))) {
            do {
                at += Character.charCount(source.codePointAt(at));
            } while (at < source.length() && isNamePart(source.codePointAt(at)));
            return token(Token.Kind.NAME, source.substring(start, at));
        }
        for (String operator : LONG_OPERATORS) {
            if (source.startsWith(operator, at)) {
                at += 2;
                return token(Token.Kind.OPERATOR, operator);
            }
        }
        if ("+-*/%~[](){}<>=.:|,;".indexOf(c) < 0) {
            throw wrong("unexpected character '" + Character.toString(source.codePointAt(at)) + "'");
        }
        at++;
        return token(Token.Kind.OPERATOR, Character.toString(c));
    }

    private static boolean isNamePart(int c) {
        return Character.isUnicodeIdentifierPart(c) && !Character.isIdentifierIgnorable(c);
    }

    private Token number() {
        if (source.charAt(at) == '0' && at + 2 < source.length()) {
            int radix = switch (source.charAt(at + 1)) {
                case 'x', 'X' -> 16;
                case 'o', 'O' -> 8;
                case 'b', 'B' -> 2;
                default -> 0;
            };
            int digits = radix == 0 ? 0 : digits(at + 2, radix, true);
            if (digits > at + 2) {
                at = digits;
                return token(Token.Kind.INTEGER, new java.math.BigInteger(plain(start + 2, at), radix).toString());
            }
        }
        boolean afterDot = start > 0 && source.charAt(start - 1) == '.';
        int whole = digits(at, 10, false);
        int end = afterDot ? whole : exponent(fraction(whole));
        if (end > whole) {
            at = end;
            return token(Token.Kind.FLOAT, plain(start, at));
        }
        at = whole;
        if (source.charAt(start) == '0') {
            at = start;
            while (at < whole && (source.charAt(at) == '0' || source.charAt(at) == '_')) {
                at++;
            }
        }
        return token(Token.Kind.INTEGER, plain(start, at));
    }

    private String plain(int from, int to) {
        return source.substring(from, to).replace("_", "");
    }

    /** Position after digits, which single underscores may separate. */
    private int digits(int from, int radix, boolean underscoreFirst) {
        int position = from;
        boolean digitBefore = underscoreFirst;
        while (position < source.length()) {
            char c = source.charAt(position);
            boolean digit = c < 128 && Character.digit(c, radix) >= 0;
            if (!digit && !(c == '_' && digitBefore && position + 1 < source.length() && source.charAt(position + 1) < 128
                    && Character.digit(source.charAt(position + 1), radix) >= 0)) {
                break;
            }
            digitBefore = digit;
            position++;
        }
        return position;
    }

    private int fraction(int whole) {
        if (whole < source.length() && source.charAt(whole) == '.') {
            int end = digits(whole + 1, 10, false);
            return end > whole + 1 ? end : whole;
        }
        return whole;
    }

    private int exponent(int from) {
        if (from < source.length() && (source.charAt(from) == 'e' || source.charAt(from) == 'E')) {
            int sign = from + 1 < source.length() && "+-".indexOf(source.charAt(from + 1)) >= 0 ? 1 : 0;
            int end = digits(from + 1 + sign, 10, false);
            return end > from + 1 + sign ? end : from;
        }
        return from;
    }

    private Token string(char quote) {
        StringBuilder text = new StringBuilder();
        at++;
        while (at < source.length() && source.charAt(at) != quote) {
            char c = source.charAt(at++);
            if (c == '\\') {
                escape(text);
            } else {
                text.append(c);
            }
        }
        if (at >= source.length()) {
            throw wrong("a string is not closed");
        }
        at++;
        return token(Token.Kind.STRING, text.toString());
    }

    private void escape(StringBuilder text) {
        if (at >= source.length()) {
            throw wrong("a string is not closed");
        }
        char c = source.charAt(at++);
        switch (c) {
            case '\n' -> {
                // line continuation
            }
            case 'n' -> text.append('\n');
            case 't' -> text.append('\t');
            case 'r' -> text.append('\r');
            case 'f' -> text.append('\f');
            case 'b' -> text.append('\b');
            case 'v' -> text.append('\u000b');
            case 'a' -> text.append('\u0007');
            case '\\', '\'', '"' -> text.append(c);
            case 'x' -> hexadecimal(text, 2);
            case 'u' -> hexadecimal(text, 4);
            case 'U' -> hexadecimal(text, 8);
            case 'N' -> throw wrong("character names (\\N) are not supported");
            case '0', '1', '2', '3', '4', '5', '6', '7' -> octal(text, c - '0');
            default -> text.append('\\').append(c);
        }
    }

    private void octal(StringBuilder text, int first) {
        int value = first;
        for (int i = 0; i < 2 && at < source.length() && source.charAt(at) >= '0' && source.charAt(at) <= '7'; i++) {
            value = 8 * value + source.charAt(at++) - '0';
        }
        text.appendCodePoint(value);
    }

    private void hexadecimal(StringBuilder text, int digits) {
        int value = 0;
        for (int i = 0; i < digits; i++) {
            int digit = at < source.length() && source.charAt(at) < 128 ? Character.digit(source.charAt(at), 16) : -1;
            if (digit < 0 || value > Character.MAX_CODE_POINT >> 4) {
                throw wrong("an escape in a string is not " + digits + " hexadecimal digits of a character");
            }
            value = value << 4 | digit;
            at++;
        }
        if (!Character.isValidCodePoint(value)) {
            throw wrong("an escape in a string is no character");
        }
        text.appendCodePoint(value);
    }

    private Token token(Token.Kind kind, String text) {
        return new Token(kind, text, lines.place(start));
    }

    private TemplateException wrong(String reason) {
        return TemplateException.syntax(lines.place(at < source.length() ? start : Math.max(start, 0)), reason);
    }
}

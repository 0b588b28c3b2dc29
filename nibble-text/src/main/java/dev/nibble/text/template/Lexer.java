package dev.nibble.text.template;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Cuts a template's source into tokens. Whitespace control as for chat templates: the newline after a tag or comment and the indentation
 * before it are dropped ({@code trim_blocks}, {@code lstrip_blocks}); a {@code -} strips all whitespace on its side, a {@code +} none.
 */
final class Lexer {
    private static final int LONGEST_WORD = 3;

    private final String source;
    private final SourceLines lines;
    private final List<Token> tokens = new ArrayList<>();
    private int at;
    private boolean lineStarts = true;

    private Lexer(String source) {
        this.source = source;
        this.lines = new SourceLines(source);
    }

    static List<Token> tokens(String template) {
        if (template.length() > RenderLimits.SOURCE) {
            throw TemplateException
                    .budget("a template of " + template.length() + " characters, the limit is " + RenderLimits.SOURCE);
        }
        String unix = template.replace("\r\n", "\n").replace('\r', '\n');
        Lexer lexer = new Lexer(unix.endsWith("\n") ? unix.substring(0, unix.length() - 1) : unix);
        lexer.run();
        return lexer.tokens;
    }

    private void run() {
        while (at < source.length()) {
            int opening = nextOpening(at);
            if (opening < 0) {
                data(at, source.length());
                at = source.length();
                break;
            }
            int textFrom = at;
            char kind = source.charAt(opening + 1);
            boolean markup = kind == '%' || kind == '#';
            data(textFrom, textEnd(textFrom, opening, sign(opening + 2), markup));
            at = opening;
            switch (kind) {
                case '{' -> print(opening);
                case '#' -> comment(opening);
                default -> tag(opening);
            }
            lineStarts = source.charAt(at - 1) == '\n';
        }
        add(Token.Kind.END, "", source.length());
    }

    private int nextOpening(int from) {
        int brace = source.indexOf('{', from);
        while (brace >= 0 && brace + 1 < source.length()) {
            char next = source.charAt(brace + 1);
            if (next == '{' || next == '%' || next == '#') {
                return brace;
            }
            brace = source.indexOf('{', brace + 1);
        }
        return -1;
    }

    private char sign(int position) {
        char c = position < source.length() ? source.charAt(position) : ' ';
        return c == '-' || c == '+' ? c : ' ';
    }

    /** Returns the end of the text before a tag, after the tag's whitespace control. */
    private int textEnd(int from, int opening, char sign, boolean markup) {
        int end = opening;
        if (sign == '-') {
            while (end > from && Characters.isSpace(source.charAt(end - 1))) {
                end--;
            }
            return end;
        }
        if (sign == '+' || !markup) {
            return end;
        }
        for (int i = opening; i > from; i--) {
            char before = source.charAt(i - 1);
            if (before == '\n') {
                return i;
            }
            if (!Characters.isSpace(before)) {
                return end;
            }
        }
        return lineStarts ? from : end;
    }

    private void data(int from, int to) {
        if (to > from) {
            add(Token.Kind.DATA, source.substring(from, to), from);
        }
    }

    private void comment(int opening) {
        int from = opening + 2 + (sign(opening + 2) == ' ' ? 0 : 1);
        int close = source.indexOf("#}", from);
        if (close < 0) {
            throw wrong(opening, "a comment is not closed, expected '#}'");
        }
        char before = close > from ? source.charAt(close - 1) : ' ';
        at = afterClosing(close + 2, before);
    }

    /** Position after a closing delimiter and what it strips: one newline, with a minus all whitespace, with a plus nothing. */
    private int afterClosing(int position, char sign) {
        int end = position;
        if (sign == '-') {
            while (end < source.length() && Characters.isSpace(source.charAt(end))) {
                end++;
            }
        } else if (sign != '+' && end < source.length() && source.charAt(end) == '\n') {
            end++;
        }
        return end;
    }

    private void tag(int opening) {
        int rawEnd = rawOpening(opening);
        if (rawEnd >= 0) {
            raw(opening, rawEnd);
            return;
        }
        add(Token.Kind.TAG_BEGIN, "", opening);
        at = opening + 2 + (sign(opening + 2) == ' ' ? 0 : 1);
        code(opening, "%}", Token.Kind.TAG_END);
    }

    private void print(int opening) {
        add(Token.Kind.PRINT_BEGIN, "", opening);
        at = opening + 2 + (sign(opening + 2) == ' ' ? 0 : 1);
        code(opening, "}}", Token.Kind.PRINT_END);
    }

    /** Start of the text after the raw tag that opens here; −1 if none does. */
    private int rawOpening(int opening) {
        int position = word(opening + 2 + (sign(opening + 2) == ' ' ? 0 : 1), "raw");
        if (position < 0) {
            return -1;
        }
        if (source.startsWith("-%}", position)) {
            return afterClosing(position + LONGEST_WORD, '-');
        }
        return source.startsWith("%}", position) ? position + 2 : -1;
    }

    /** The position after whitespace, the word and whitespace; −1 for other text. */
    private int word(int from, String word) {
        int position = skipSpace(from);
        return source.startsWith(word, position) ? skipSpace(position + word.length()) : -1;
    }

    private int skipSpace(int from) {
        int position = from;
        while (position < source.length() && Characters.isSpace(source.charAt(position))) {
            position++;
        }
        return position;
    }

    private void raw(int opening, int textFrom) {
        for (int i = source.indexOf("{%", textFrom); i >= 0; i = source.indexOf("{%", i + 2)) {
            char sign = sign(i + 2);
            int position = word(i + 2 + (sign == ' ' ? 0 : 1), "endraw");
            if (position < 0) {
                continue;
            }
            char closing = sign(position);
            int close = position + (closing == ' ' ? 0 : 1);
            if (source.startsWith("%}", close)) {
                lineStarts = source.charAt(textFrom - 1) == '\n';
                data(textFrom, textEnd(textFrom, i, sign, true));
                at = afterClosing(close + 2, closing);
                return;
            }
        }
        throw wrong(opening, "a raw block is not closed, expected '{% endraw %}'");
    }

    private void code(int opening, String closing, Token.Kind end) {
        Deque<Character> open = new ArrayDeque<>();
        while (true) {
            at = skipSpace(at);
            if (at >= source.length()) {
                throw wrong(opening, "a tag is not closed, expected '" + closing + "'");
            }
            if (open.isEmpty() && closes(closing)) {
                char sign = sign(at);
                add(end, "", at);
                int behind = at + (sign == ' ' ? 0 : 1) + 2;
                at = end == Token.Kind.TAG_END ? afterClosing(behind, sign) : sign == '-' ? afterClosing(behind, '-') : behind;
                return;
            }
            CodeLexer code = new CodeLexer(source, at, lines);
            Token token = code.next();
            if (token.kind() == Token.Kind.OPERATOR) {
                balance(open, token);
            }
            tokens.add(token);
            at = code.position();
        }
    }

    private boolean closes(String closing) {
        return source.startsWith(closing, at) || source.startsWith("-" + closing, at)
                || "%}".equals(closing) && source.startsWith("+%}", at);
    }

    private void balance(Deque<Character> open, Token token) {
        char c = token.text().charAt(0);
        switch (c) {
            case '(' -> open.push(')');
            case '[' -> open.push(']');
            case '{' -> open.push('}');
            case ')', ']', '}' -> {
                if (open.isEmpty()) {
                    throw TemplateException.syntax(token.place(), "unexpected '" + c + "'");
                }
                char expected = open.pop();
                if (expected != c) {
                    throw TemplateException.syntax(token.place(), "unexpected '" + c + "', expected '" + expected + "'");
                }
            }
            default -> {
                // other operators do not nest
            }
        }
    }

    private void add(Token.Kind kind, String text, int position) {
        tokens.add(new Token(kind, text, lines.place(position)));
    }

    private TemplateException wrong(int position, String reason) {
        return TemplateException.syntax(lines.place(position), reason);
    }
}

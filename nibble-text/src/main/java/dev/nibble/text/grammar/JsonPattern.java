package dev.nibble.text.grammar;

import dev.nibble.error.UnsupportedException;
import java.util.ArrayList;
import java.util.List;

/**
 * A regular expression of a JSON schema as an expression over the text between the quotes: {@code ^…$} around characters, classes, the
 * escapes d w s D W S t n r f v x u and those of punctuation, {@code .}, groups, alternatives and repetitions. No look-around, no back
 * references, no word boundaries.
 */
final class JsonPattern {
    private static final int MAX_REPETITIONS = 100_000;
    private static final int DEEPEST = 50;
    private static final int END = -1;
    private static final CodePoints DIGITS = CodePoints.of('0', '9');
    private static final CodePoints WORD = DIGITS.plus(CodePoints.of('a', 'z')).plus(CodePoints.of('A', 'Z')).plus(CodePoints.of("_"));
    private static final CodePoints SPACE = CodePoints.of(" \t\n\r\f\u000b\u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff")
            .plus(CodePoints.of(0x2000, 0x200A));
    private static final CodePoints DOT = CodePoints.of("\n\r\u2028\u2029").complement();

    private final String pointer;
    private final int[] pattern;
    private int at;
    private int depth;

    private JsonPattern(String pointer, String pattern) {
        this.pointer = pointer;
        this.pattern = pattern.codePoints().toArray();
    }

    /** @throws UnsupportedException naming the pointer and the place in the pattern */
    static GrammarExpression parse(String pointer, String pattern) {
        return new JsonPattern(pointer, pattern).anchored();
    }

    private GrammarExpression anchored() {
        if (!take('^')) {
            throw unsupported("a pattern must begin with ^ and end with $, so that it covers the whole string");
        }
        GrammarExpression expression = sequence();
        if (peek() == '|') {
            throw unsupported("alternatives around ^ or $ are not supported; write ^(a|b)$");
        }
        if (!take('$') || peek() != END) {
            throw unsupported("a pattern must begin with ^ and end with $, so that it covers the whole string");
        }
        return expression;
    }

    private GrammarExpression alternatives() {
        List<GrammarExpression> alternatives = new ArrayList<>();
        do {
            alternatives.add(sequence());
        } while (take('|'));
        return alternatives.size() == 1 ? alternatives.getFirst() : new GrammarExpression.Choice(alternatives);
    }

    private GrammarExpression sequence() {
        List<GrammarExpression> parts = new ArrayList<>();
        while (peek() != END && peek() != '|' && peek() != ')' && peek() != '$') {
            parts.add(repeated(atom()));
        }
        return parts.size() == 1 ? parts.getFirst() : new GrammarExpression.Sequence(parts);
    }

    private GrammarExpression repeated(GrammarExpression atom) {
        int min;
        int max = GrammarExpression.Repeat.UNBOUNDED;
        if (take('*')) {
            min = 0;
        } else if (take('+')) {
            min = 1;
        } else if (take('?')) {
            min = 0;
            max = 1;
        } else if (take('{')) {
            min = number();
            max = take(',') ? peek() == '}' ? GrammarExpression.Repeat.UNBOUNDED : number() : min;
            if (!take('}') || max < min) {
                throw unsupported("expected {m}, {m,} or {m,n} with m not above n");
            }
        } else {
            return atom;
        }
        take('?'); // lazy or not, the strings are the same
        if (peek() == '*' || peek() == '+' || peek() == '{') {
            throw unsupported("a repetition of a repetition is not supported");
        }
        return GrammarExpression.repeat(atom, min, max);
    }

    private int number() {
        int number = 0;
        int start = at;
        while (peek() >= '0' && peek() <= '9' && number <= MAX_REPETITIONS) {
            number = number * 10 + pattern[at++] - '0';
        }
        if (at == start || number > MAX_REPETITIONS) {
            throw unsupported("expected a number up to " + MAX_REPETITIONS);
        }
        return number;
    }

    private GrammarExpression atom() {
        int c = pattern[at++];
        return switch (c) {
            case '(' -> group();
            case '[' -> characters(set());
            case '.' -> characters(DOT);
            case '\\' -> characters(escape());
            case '*', '+', '?', '{', '}', ']', '^' -> throw unsupported("'" + Character.toString(c) + "' is not expected here");
            default -> characters(CodePoints.of(c, c));
        };
    }

    private GrammarExpression characters(CodePoints set) {
        if (set.isEmpty()) {
            throw unsupported("no character can match here");
        }
        return JsonText.character(set);
    }

    private GrammarExpression group() {
        if (take('?') && !take(':')) {
            throw unsupported("only plain groups and (?: are supported");
        }
        if (++depth > DEEPEST) {
            throw unsupported("more than " + DEEPEST + " nested groups");
        }
        GrammarExpression group = alternatives();
        if (!take(')')) {
            throw unsupported("expected )");
        }
        depth--;
        return group;
    }

    private CodePoints set() {
        boolean negated = take('^');
        CodePoints set = new CodePoints(List.of());
        while (!take(']')) {
            CodePoints first = member();
            boolean range = peek() == '-' && at + 1 < pattern.length && pattern[at + 1] != ']';
            if (range) {
                at++;
                CodePoints last = member();
                if (single(last) < single(first)) {
                    throw unsupported("the range's end comes before its start");
                }
                first = CodePoints.of(single(first), single(last));
            }
            set = set.plus(first);
        }
        return negated ? set.complement() : set;
    }

    private CodePoints member() {
        if (peek() == END) {
            throw unsupported("expected ]");
        }
        int c = pattern[at++];
        return c == '\\' ? escape() : CodePoints.of(c, c);
    }

    private int single(CodePoints set) {
        if (set.ranges().size() != 1 || set.ranges().getFirst().first() != set.ranges().getFirst().last()) {
            throw unsupported("a range needs single characters");
        }
        return set.ranges().getFirst().first();
    }

    private CodePoints escape() {
        if (peek() == END) {
            throw unsupported("expected a character after \\");
        }
        int c = pattern[at++];
        return switch (c) {
            case 'd' -> DIGITS;
            case 'D' -> DIGITS.complement();
            case 'w' -> WORD;
            case 'W' -> WORD.complement();
            case 's' -> SPACE;
            case 'S' -> SPACE.complement();
            case 't' -> CodePoints.of("\t");
            case 'n' -> CodePoints.of("\n");
            case 'r' -> CodePoints.of("\r");
            case 'f' -> CodePoints.of("\f");
            case 'v' -> CodePoints.of("\u000b");
            case 'x' -> hex(2);
            case 'u' -> hex(4);
            default -> {
                if (WORD.contains(c)) {
                    throw unsupported("the escape \\" + Character.toString(c) + " is not supported");
                }
                yield CodePoints.of(c, c);
            }
        };
    }

    private CodePoints hex(int digits) {
        int value = 0;
        for (int i = 0; i < digits; i++) {
            int digit = peek() == END ? -1 : Character.digit(pattern[at], 16);
            if (digit < 0) {
                throw unsupported("expected " + digits + " hexadecimal digits");
            }
            value = value << 4 | digit;
            at++;
        }
        return CodePoints.of(value, value);
    }

    private int peek() {
        return at < pattern.length ? pattern[at] : END;
    }

    private boolean take(char wanted) {
        boolean there = peek() == wanted;
        at += there ? 1 : 0;
        return there;
    }

    private UnsupportedException unsupported(String reason) {
        return new UnsupportedException(pointer + ": character " + (at + 1) + " of the pattern: " + reason);
    }
}

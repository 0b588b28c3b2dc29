package dev.nibble.text.grammar;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Characters and strings between the quotes of JSON. */
final class JsonText {
    /** Characters without an escape, except U+007F, which JSON permits. */
    static final CodePoints PLAIN = CodePoints.ALL.minus(CodePoints.of(0, 0x1F).plus(CodePoints.of("\"\\\u007f")));
    private static final String ESCAPED = "\"\\\n\r\t\b\f";
    private static final String ESCAPES = "\"\\nrtbf";
    private static final CodePoints HEX = CodePoints.of("0123456789abcdefABCDEF");

    private JsonText() {}

    /** One character of any kind, plain or escaped; a pair of escaped surrogates is one character, an unpaired one is none. */
    static Expression anyCharacter() {
        Expression hex = new Expression.CharacterClass(HEX);
        Expression d = new Expression.CharacterClass(CodePoints.of("dD"));
        return Expression.choice(new Expression.CharacterClass(PLAIN),
                Expression.sequence(Expression.literal("\\"), Expression.choice(
                        new Expression.CharacterClass(CodePoints.of("\"\\/bfnrt")),
                        Expression.sequence(Expression.literal("u"), Expression.choice(
                                Expression.sequence(new Expression.CharacterClass(HEX.minus(CodePoints.of("dD"))),
                                        Expression.repeat(hex, 3, 3)),
                                Expression.sequence(d, new Expression.CharacterClass(CodePoints.of("01234567")),
                                        Expression.repeat(hex, 2, 2)),
                                Expression.sequence(d, new Expression.CharacterClass(CodePoints.of("89abAB")), Expression.repeat(hex, 2, 2),
                                        Expression.literal("\\u"), d, new Expression.CharacterClass(CodePoints.of("cdefCDEF")),
                                        Expression.repeat(hex, 2, 2)))))));
    }

    /** One character of the set, with one spelling each. */
    static Expression character(CodePoints set) {
        List<Expression> ways = new ArrayList<>();
        CodePoints plain = set.minus(PLAIN.complement());
        if (!plain.isEmpty()) {
            ways.add(new Expression.CharacterClass(plain));
        }
        PLAIN.complement().ranges().stream().flatMapToInt(range -> java.util.stream.IntStream.rangeClosed(range.first(), range.last()))
                .filter(set::contains).forEach(c -> ways.add(Expression.literal(escaped(c))));
        return ways.size() == 1 ? ways.getFirst() : new Expression.Choice(ways);
    }

    /** The text as a JSON string, with quotes. */
    static String quoted(String text) {
        return text.codePoints().mapToObj(JsonText::escaped).collect(Collectors.joining("", "\"", "\""));
    }

    /** JSON text with unpaired surrogates escaped: only strings contain them, and UTF-8 cannot encode them. */
    static String writable(String json) {
        return json.codePoints().mapToObj(c -> Character.getType(c) == Character.SURROGATE ? escaped(c) : Character.toString(c))
                .collect(Collectors.joining());
    }

    private static String escaped(int c) {
        int known = ESCAPED.indexOf(c);
        if (known >= 0) {
            return "\\" + ESCAPES.charAt(known);
        }
        return PLAIN.contains(c) ? Character.toString(c) : String.format("\\u%04x", c);
    }
}

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
    static GrammarExpression anyCharacter() {
        GrammarExpression hex = new GrammarExpression.CharacterClass(HEX);
        GrammarExpression d = new GrammarExpression.CharacterClass(CodePoints.of("dD"));
        return GrammarExpression.choice(new GrammarExpression.CharacterClass(PLAIN),
                GrammarExpression.sequence(GrammarExpression.literal("\\"), GrammarExpression.choice(
                        new GrammarExpression.CharacterClass(CodePoints.of("\"\\/bfnrt")),
                        GrammarExpression.sequence(GrammarExpression.literal("u"), GrammarExpression.choice(
                                GrammarExpression.sequence(new GrammarExpression.CharacterClass(HEX.minus(CodePoints.of("dD"))),
                                        GrammarExpression.repeat(hex, 3, 3)),
                                GrammarExpression.sequence(d, new GrammarExpression.CharacterClass(CodePoints.of("01234567")),
                                        GrammarExpression.repeat(hex, 2, 2)),
                                GrammarExpression.sequence(d, new GrammarExpression.CharacterClass(CodePoints.of("89abAB")),
                                        GrammarExpression.repeat(hex, 2, 2),
                                        GrammarExpression.literal("\\u"), d,
                                        new GrammarExpression.CharacterClass(CodePoints.of("cdefCDEF")),
                                        GrammarExpression.repeat(hex, 2, 2)))))));
    }

    /** One character of the set, with one spelling each. */
    static GrammarExpression character(CodePoints set) {
        List<GrammarExpression> ways = new ArrayList<>();
        CodePoints plain = set.minus(PLAIN.complement());
        if (!plain.isEmpty()) {
            ways.add(new GrammarExpression.CharacterClass(plain));
        }
        PLAIN.complement().ranges().stream().flatMapToInt(range -> java.util.stream.IntStream.rangeClosed(range.first(), range.last()))
                .filter(set::contains).forEach(c -> ways.add(GrammarExpression.literal(escaped(c))));
        return ways.size() == 1 ? ways.getFirst() : new GrammarExpression.Choice(ways);
    }

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

package dev.nibble.text.grammar;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/** Small random grammars over a few characters of one to four bytes. A rule uses only later ones, or any after a character. */
final class RandomGrammars {
    static final String ALPHABET = "ab\u00e9\u20ac\ud83d\ude00";
    private static final int RULES = 3;

    private RandomGrammars() {}

    static Grammar grammar(RandomGenerator random) {
        Map<String, GrammarExpression> rules = new LinkedHashMap<>();
        for (int rule = 0; rule < RULES; rule++) {
            rules.put(name(rule), expression(random, rule, 3));
        }
        return new Grammar(rules);
    }

    private static String name(int rule) {
        return rule == 0 ? Grammar.ROOT : "r" + rule;
    }

    private static GrammarExpression expression(RandomGenerator random, int rule, int depth) {
        int kind = random.nextInt(depth == 0 ? 3 : 8);
        return switch (kind) {
            case 0 -> new GrammarExpression.Literal(text(random, random.nextInt(3)));
            case 1 -> characters(random);
            case 2 -> rule + 1 < RULES ? new GrammarExpression.RuleName(name(random.nextInt(rule + 1, RULES))) : characters(random);
            case 3 -> GrammarExpression.sequence(characters(random), new GrammarExpression.RuleName(name(random.nextInt(RULES))));
            case 4, 5 -> new GrammarExpression.Sequence(parts(random, rule, depth));
            case 6 -> new GrammarExpression.Choice(parts(random, rule, depth));
            default -> repeat(random, expression(random, rule, depth - 1));
        };
    }

    private static List<GrammarExpression> parts(RandomGenerator random, int rule, int depth) {
        return IntStream.rangeClosed(0, random.nextInt(3)).mapToObj(_ -> expression(random, rule, depth - 1)).toList();
    }

    private static GrammarExpression characters(RandomGenerator random) {
        CodePoints set = CodePoints.of(text(random, random.nextInt(1, 3)));
        return new GrammarExpression.CharacterClass(random.nextInt(4) == 0 ? set.complement() : set);
    }

    private static GrammarExpression repeat(RandomGenerator random, GrammarExpression body) {
        int min = random.nextInt(3);
        return GrammarExpression.repeat(body, min, random.nextBoolean() ? GrammarExpression.Repeat.UNBOUNDED : min + random.nextInt(3));
    }

    static String text(RandomGenerator random, int length) {
        int[] alphabet = ALPHABET.codePoints().toArray();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.appendCodePoint(alphabet[random.nextInt(alphabet.length)]);
        }
        return text.toString();
    }
}

package dev.nibble.text.grammar;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The grammar language of llama.cpp: {@code name ::= alternatives}, one rule per line. Literals and classes know the escapes
 * {@code \n \r \t \\ \" \[ \]}, and x, u, U with two, four and eight hexadecimal digits; {@code .} is any character;
 * {@code ( ) | * + ? {m} {m,} {m,n}} as in regular expressions; {@code #} begins a comment. A rule may continue on the next line after
 * {@code ::=}, after {@code |} and within parentheses.
 *
 * <p>
 * Source: llama.cpp, grammars/README.md.
 */
public final class Gbnf {
    private static final int LONGEST = 1 << 20;
    private static final int DEEPEST = 100;
    private static final int MAX_REPETITIONS = 1_000_000;
    private static final int RANGE_DASH = '-';

    private final GbnfText text;
    private final Map<String, Integer> uses = new LinkedHashMap<>();
    private int depth;

    private Gbnf(GbnfText text) {
        this.text = text;
    }

    /**
     * Parses a grammar.
     *
     * @throws GrammarException with line and column, for wrong syntax and rules that are missing or defined twice
     */
    public static Grammar parse(String gbnf) {
        if (gbnf.length() > LONGEST) {
            throw new GrammarException(0, 0, gbnf.length() + " characters, the limit is " + LONGEST);
        }
        return new Gbnf(new GbnfText(gbnf)).grammar();
    }

    private Grammar grammar() {
        Map<String, GrammarExpression> rules = new LinkedHashMap<>();
        text.skipSpace(true);
        while (!text.atEnd()) {
            int place = text.place();
            String name = text.name();
            text.skipSpace(false);
            text.expect("::=");
            text.skipSpace(true);
            GrammarExpression expression = alternatives(false);
            if (rules.putIfAbsent(name, expression) != null) {
                throw text.wrong(place, "rule \"" + name + "\" is defined a second time");
            }
            text.endOfLine();
            text.skipSpace(true);
        }
        uses.forEach((name, place) -> {
            if (!rules.containsKey(name)) {
                throw text.wrong(place, "rule \"" + name + "\" is not defined");
            }
        });
        return new Grammar(rules);
    }

    private GrammarExpression alternatives(boolean nested) {
        List<GrammarExpression> alternatives = new ArrayList<>();
        alternatives.add(sequence(nested));
        while (text.take('|')) {
            text.skipSpace(true);
            alternatives.add(sequence(nested));
        }
        return alternatives.size() == 1 ? alternatives.getFirst() : new GrammarExpression.Choice(alternatives);
    }

    private GrammarExpression sequence(boolean nested) {
        List<GrammarExpression> parts = new ArrayList<>();
        while (startsPart()) {
            GrammarExpression part = part();
            text.skipSpace(nested);
            for (int operators = 1; startsRepeat(); operators++) {
                if (operators > DEEPEST) {
                    throw text.wrong(text.place(), "more than " + DEEPEST + " repetitions of repetitions");
                }
                part = repeated(part, text.place());
                text.skipSpace(nested);
            }
            parts.add(part);
        }
        return parts.size() == 1 ? parts.getFirst() : new GrammarExpression.Sequence(parts);
    }

    private boolean startsPart() {
        return text.peek() == '"' || text.peek() == '[' || text.peek() == '(' || text.peek() == '.' || GbnfText.inName(text.peek());
    }

    private boolean startsRepeat() {
        return text.peek() == '*' || text.peek() == '+' || text.peek() == '?' || text.peek() == '{';
    }

    private GrammarExpression part() {
        int place = text.place();
        if (text.take('"')) {
            return literal(place);
        }
        if (text.take('[')) {
            return characters(place);
        }
        if (text.take('(')) {
            return group(place);
        }
        if (text.take('.')) {
            return new GrammarExpression.CharacterClass(CodePoints.ALL);
        }
        String name = text.name();
        uses.putIfAbsent(name, place);
        return new GrammarExpression.RuleName(name);
    }

    private GrammarExpression group(int place) {
        if (++depth > DEEPEST) {
            throw text.wrong(place, "more than " + DEEPEST + " nested parentheses");
        }
        text.skipSpace(true);
        GrammarExpression expression = alternatives(true);
        text.expect(")");
        depth--;
        return expression;
    }

    private GrammarExpression literal(int place) {
        StringBuilder literal = new StringBuilder();
        while (!text.take('"')) {
            int character = text.place();
            int codePoint = text.character(place, "literal");
            if (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE) {
                throw text.wrong(character, "a surrogate is not a character; \\U writes those above FFFF");
            }
            literal.appendCodePoint(codePoint);
        }
        return new GrammarExpression.Literal(literal.toString());
    }

    private GrammarExpression characters(int place) {
        boolean negated = text.take('^');
        List<CodePoints.Range> ranges = new ArrayList<>();
        while (!text.take(']')) {
            int start = text.place();
            int first = text.character(place, "character class");
            int last = first;
            if (text.peek() == RANGE_DASH && text.peekSecond() != ']') {
                text.take((char) RANGE_DASH);
                last = text.character(place, "character class");
            }
            if (last < first) {
                throw text.wrong(start, "the range's end comes before its start");
            }
            ranges.add(new CodePoints.Range(first, last));
        }
        CodePoints set = new CodePoints(ranges);
        if (set.isEmpty()) {
            throw text.wrong(place, "this character class has no characters");
        }
        return new GrammarExpression.CharacterClass(negated ? set.complement() : set);
    }

    private GrammarExpression repeated(GrammarExpression body, int place) {
        if (text.take('*')) {
            return new GrammarExpression.Repeat(body, 0, GrammarExpression.Repeat.UNBOUNDED);
        }
        if (text.take('+')) {
            return new GrammarExpression.Repeat(body, 1, GrammarExpression.Repeat.UNBOUNDED);
        }
        if (text.take('?')) {
            return new GrammarExpression.Repeat(body, 0, 1);
        }
        text.expect("{");
        text.skipSpace(false);
        int min = text.number(MAX_REPETITIONS);
        int max = min;
        text.skipSpace(false);
        if (text.take(',')) {
            text.skipSpace(false);
            max = text.peek() == '}' ? GrammarExpression.Repeat.UNBOUNDED : text.number(MAX_REPETITIONS);
            text.skipSpace(false);
        }
        text.expect("}");
        if (max < min) {
            throw text.wrong(place, "at most " + max + " repetitions, but at least " + min);
        }
        return new GrammarExpression.Repeat(body, min, max);
    }
}

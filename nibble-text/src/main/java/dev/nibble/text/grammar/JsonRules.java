package dev.nibble.text.grammar;

import static dev.nibble.text.grammar.GrammarExpression.choice;
import static dev.nibble.text.grammar.GrammarExpression.literal;
import static dev.nibble.text.grammar.GrammarExpression.optional;
import static dev.nibble.text.grammar.GrammarExpression.repeat;
import static dev.nibble.text.grammar.GrammarExpression.sequence;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The rules of JSON itself, each added to the grammar on first use. Whitespace and numbers are bounded, so that a model cannot continue
 * them forever: between tokens at most a space, or two newlines and 20 blanks; 16 digits before and after the point, exponents below 100.
 * No whitespace around the document.
 */
final class JsonRules {
    static final int MAX_DIGITS = 16;
    private static final int MAX_INDENT = 20;

    private final Map<String, GrammarExpression> rules = new LinkedHashMap<>();
    private int numbered;

    JsonRules() {
        rules.put(Grammar.ROOT, literal("")); // comes first; defined last
    }

    Grammar grammar(GrammarExpression root) {
        rules.put(Grammar.ROOT, root);
        return new Grammar(rules);
    }

    GrammarExpression rule(String name, Supplier<GrammarExpression> expression) {
        if (!rules.containsKey(name)) {
            rules.put(name, literal("")); // so that it may use itself
            rules.put(name, expression.get());
        }
        return new GrammarExpression.RuleName(name);
    }

    /** A rule of its own for an expression that is used in several places. */
    GrammarExpression shared(String prefix, GrammarExpression expression) {
        return rule(prefix + "-" + ++numbered, () -> expression);
    }

    GrammarExpression space() {
        return rule("space", () -> choice(literal(""), literal(" "),
                sequence(repeat(literal("\n"), 1, 2), repeat(new GrammarExpression.CharacterClass(CodePoints.of(" \t")), 0, MAX_INDENT))));
    }

    GrammarExpression value() {
        return rule("value", () -> choice(object(), array(), string(), number(), bool(), literal("null")));
    }

    GrammarExpression object() {
        return rule("object", () -> {
            GrammarExpression member = sequence(string(), space(), literal(":"), space(), value());
            return braces("{", optional(separated(member, 1, GrammarExpression.Repeat.UNBOUNDED)), "}");
        });
    }

    GrammarExpression array() {
        return rule("array", () -> braces("[", optional(separated(value(), 1, GrammarExpression.Repeat.UNBOUNDED)), "]"));
    }

    /** Items separated by commas, at least one. */
    GrammarExpression separated(GrammarExpression item, int min, int max) {
        return sequence(item, repeat(sequence(comma(), item), min - 1, max == GrammarExpression.Repeat.UNBOUNDED ? max : max - 1), space());
    }

    GrammarExpression comma() {
        return sequence(space(), literal(","), space());
    }

    /** Encloses an expression that ends with its own whitespace. */
    GrammarExpression braces(String open, GrammarExpression within, String close) {
        return sequence(literal(open), space(), within, literal(close));
    }

    GrammarExpression character() {
        return rule("character", JsonText::anyCharacter);
    }

    GrammarExpression string() {
        return rule("string", () -> sequence(literal("\""), repeat(character(), 0, GrammarExpression.Repeat.UNBOUNDED), literal("\"")));
    }

    GrammarExpression number() {
        return rule("number", () -> sequence(optional(literal("-")), whole(),
                optional(sequence(literal("."), repeat(digit(), 1, MAX_DIGITS))),
                optional(sequence(new GrammarExpression.CharacterClass(CodePoints.of("eE")),
                        optional(new GrammarExpression.CharacterClass(CodePoints.of("+-"))), repeat(digit(), 1, 2)))));
    }

    GrammarExpression integer() {
        return rule("integer", () -> sequence(optional(literal("-")), whole()));
    }

    private GrammarExpression whole() {
        return rule("whole", () -> choice(literal("0"),
                sequence(new GrammarExpression.CharacterClass(CodePoints.of('1', '9')), repeat(digit(), 0, MAX_DIGITS - 1))));
    }

    GrammarExpression bool() {
        return rule("boolean", () -> choice(literal("true"), literal("false")));
    }

    static GrammarExpression digit() {
        return new GrammarExpression.CharacterClass(CodePoints.of('0', '9'));
    }
}

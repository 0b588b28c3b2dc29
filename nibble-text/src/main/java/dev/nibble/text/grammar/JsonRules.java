package dev.nibble.text.grammar;

import static dev.nibble.text.grammar.Expression.choice;
import static dev.nibble.text.grammar.Expression.literal;
import static dev.nibble.text.grammar.Expression.optional;
import static dev.nibble.text.grammar.Expression.repeat;
import static dev.nibble.text.grammar.Expression.sequence;

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

    private final Map<String, Expression> rules = new LinkedHashMap<>();
    private int numbered;

    JsonRules() {
        rules.put(Grammar.ROOT, literal("")); // comes first; defined last
    }

    Grammar grammar(Expression root) {
        rules.put(Grammar.ROOT, root);
        return new Grammar(rules);
    }

    /** The rule of this name, created on first use. */
    Expression rule(String name, Supplier<Expression> expression) {
        if (!rules.containsKey(name)) {
            rules.put(name, literal("")); // so that it may use itself
            rules.put(name, expression.get());
        }
        return new Expression.RuleName(name);
    }

    /** A rule of its own for an expression that is used in several places. */
    Expression shared(String prefix, Expression expression) {
        return rule(prefix + "-" + ++numbered, () -> expression);
    }

    Expression space() {
        return rule("space", () -> choice(literal(""), literal(" "),
                sequence(repeat(literal("\n"), 1, 2), repeat(new Expression.CharacterClass(CodePoints.of(" \t")), 0, MAX_INDENT))));
    }

    Expression value() {
        return rule("value", () -> choice(object(), array(), string(), number(), bool(), literal("null")));
    }

    Expression object() {
        return rule("object", () -> {
            Expression member = sequence(string(), space(), literal(":"), space(), value());
            return braces("{", optional(separated(member, 1, Expression.Repeat.UNBOUNDED)), "}");
        });
    }

    Expression array() {
        return rule("array", () -> braces("[", optional(separated(value(), 1, Expression.Repeat.UNBOUNDED)), "]"));
    }

    /** Items separated by commas, at least one. */
    Expression separated(Expression item, int min, int max) {
        return sequence(item, repeat(sequence(comma(), item), min - 1, max == Expression.Repeat.UNBOUNDED ? max : max - 1), space());
    }

    Expression comma() {
        return sequence(space(), literal(","), space());
    }

    /** Encloses an expression that ends with its own whitespace. */
    Expression braces(String open, Expression within, String close) {
        return sequence(literal(open), space(), within, literal(close));
    }

    Expression character() {
        return rule("character", JsonText::anyCharacter);
    }

    Expression string() {
        return rule("string", () -> sequence(literal("\""), repeat(character(), 0, Expression.Repeat.UNBOUNDED), literal("\"")));
    }

    Expression number() {
        return rule("number", () -> sequence(optional(literal("-")), whole(),
                optional(sequence(literal("."), repeat(digit(), 1, MAX_DIGITS))),
                optional(sequence(new Expression.CharacterClass(CodePoints.of("eE")),
                        optional(new Expression.CharacterClass(CodePoints.of("+-"))), repeat(digit(), 1, 2)))));
    }

    Expression integer() {
        return rule("integer", () -> sequence(optional(literal("-")), whole()));
    }

    private Expression whole() {
        return rule("whole", () -> choice(literal("0"),
                sequence(new Expression.CharacterClass(CodePoints.of('1', '9')), repeat(digit(), 0, MAX_DIGITS - 1))));
    }

    Expression bool() {
        return rule("boolean", () -> choice(literal("true"), literal("false")));
    }

    static Expression digit() {
        return new Expression.CharacterClass(CodePoints.of('0', '9'));
    }
}

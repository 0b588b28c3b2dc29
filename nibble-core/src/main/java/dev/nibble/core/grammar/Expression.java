package dev.nibble.core.grammar;

import java.util.List;
import java.util.stream.Collectors;

/** The right side of a grammar rule, or a part of it. {@code toString} writes it as GBNF. */
public sealed interface Expression {
    /** Exactly this text, without unpaired surrogates. */
    record Literal(String text) implements Expression {
        @Override
        public String toString() {
            return text.codePoints().mapToObj(c -> Escapes.written(c, "\"\\")).collect(Collectors.joining("", "\"", "\""));
        }
    }

    /** One character of a set. */
    record CharacterClass(CodePoints set) implements Expression {
        @Override
        public String toString() {
            return set.toString();
        }
    }

    /** Reference to another rule. */
    record RuleName(String name) implements Expression {
        @Override
        public String toString() {
            return name;
        }
    }

    /** All parts, one after the other. */
    record Sequence(List<Expression> parts) implements Expression {
        public Sequence {
            parts = List.copyOf(parts);
        }

        @Override
        public String toString() {
            return parts.stream().map(part -> part instanceof Choice ? "(" + part + ")" : part.toString()).collect(Collectors.joining(" "));
        }
    }

    /** One of the alternatives. */
    record Choice(List<Expression> alternatives) implements Expression {
        public Choice {
            alternatives = List.copyOf(alternatives);
        }

        @Override
        public String toString() {
            return alternatives.stream().map(Expression::toString).collect(Collectors.joining(" | "));
        }
    }

    /**
     * The body several times.
     *
     * @param most {@link #UNBOUNDED} = without end
     */
    record Repeat(Expression body, int least, int most) implements Expression {
        public static final int UNBOUNDED = Integer.MAX_VALUE;

        public Repeat {
            if (least < 0 || most < least) {
                throw new IllegalArgumentException("repeat from " + least + " to " + most + " times");
            }
        }

        @Override
        public String toString() {
            String repeated = body instanceof Literal || body instanceof CharacterClass || body instanceof RuleName
                    ? body.toString()
                    : "(" + body + ")";
            if (most == UNBOUNDED) {
                return repeated + (least == 0 ? "*" : least == 1 ? "+" : "{" + least + ",}");
            }
            return repeated + (least == 0 && most == 1 ? "?" : least == most ? "{" + least + "}" : "{" + least + "," + most + "}");
        }
    }

    static Expression literal(String text) {
        return new Literal(text);
    }

    static Expression sequence(Expression... parts) {
        return new Sequence(List.of(parts));
    }

    static Expression choice(Expression... alternatives) {
        return new Choice(List.of(alternatives));
    }

    static Expression optional(Expression body) {
        return new Repeat(body, 0, 1);
    }

    static Expression repeat(Expression body, int least, int most) {
        return new Repeat(body, least, most);
    }
}

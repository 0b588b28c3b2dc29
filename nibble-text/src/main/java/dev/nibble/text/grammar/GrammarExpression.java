package dev.nibble.text.grammar;

import java.util.List;
import java.util.stream.Collectors;

/** The right side of a grammar rule, or a part of it. {@code toString} writes it as GBNF. */
public sealed interface GrammarExpression {
    /** Exactly this text, without unpaired surrogates. */
    record Literal(String text) implements GrammarExpression {
        @Override
        public String toString() {
            return text.codePoints().mapToObj(c -> Escapes.written(c, "\"\\")).collect(Collectors.joining("", "\"", "\""));
        }
    }

    /** One character of a set. */
    record CharacterClass(CodePoints set) implements GrammarExpression {
        @Override
        public String toString() {
            return set.toString();
        }
    }

    /** Reference to another rule. */
    record RuleName(String name) implements GrammarExpression {
        @Override
        public String toString() {
            return name;
        }
    }

    /** All parts in order. */
    record Sequence(List<GrammarExpression> parts) implements GrammarExpression {
        public Sequence {
            parts = List.copyOf(parts);
        }

        @Override
        public String toString() {
            return parts.stream().map(part -> part instanceof Choice ? "(" + part + ")" : part.toString()).collect(Collectors.joining(" "));
        }
    }

    /** One of the alternatives. */
    record Choice(List<GrammarExpression> alternatives) implements GrammarExpression {
        public Choice {
            alternatives = List.copyOf(alternatives);
        }

        @Override
        public String toString() {
            return alternatives.stream().map(GrammarExpression::toString).collect(Collectors.joining(" | "));
        }
    }

    /**
     * The body repeated.
     *
     * @param max {@link #UNBOUNDED} = no limit
     */
    record Repeat(GrammarExpression body, int min, int max) implements GrammarExpression {
        public static final int UNBOUNDED = Integer.MAX_VALUE;

        public Repeat {
            if (min < 0 || max < min) {
                throw new IllegalArgumentException("repeat from " + min + " to " + max + " times");
            }
        }

        @Override
        public String toString() {
            String repeated = body instanceof Literal || body instanceof CharacterClass || body instanceof RuleName
                    ? body.toString()
                    : "(" + body + ")";
            if (max == UNBOUNDED) {
                return repeated + (min == 0 ? "*" : min == 1 ? "+" : "{" + min + ",}");
            }
            return repeated + (min == 0 && max == 1 ? "?" : min == max ? "{" + min + "}" : "{" + min + "," + max + "}");
        }
    }

    static GrammarExpression literal(String text) {
        return new Literal(text);
    }

    static GrammarExpression sequence(GrammarExpression... parts) {
        return new Sequence(List.of(parts));
    }

    static GrammarExpression choice(GrammarExpression... alternatives) {
        return new Choice(List.of(alternatives));
    }

    static GrammarExpression optional(GrammarExpression body) {
        return new Repeat(body, 0, 1);
    }

    static GrammarExpression repeat(GrammarExpression body, int min, int max) {
        return new Repeat(body, min, max);
    }
}

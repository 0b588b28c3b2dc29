package dev.nibble.text.grammar;

import static dev.nibble.text.grammar.GrammarExpression.literal;
import static dev.nibble.text.grammar.GrammarExpression.optional;
import static dev.nibble.text.grammar.GrammarExpression.repeat;
import static dev.nibble.text.grammar.GrammarExpression.sequence;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The decimal numbers between two bounds, without exponents, with at most 16 digits more behind the point than a bound has. */
final class NumberRange {
    private static final GrammarExpression ZEROS = repeat(literal("0"), 0, JsonRules.MAX_DIGITS);
    private static final GrammarExpression DIGITS = repeat(JsonRules.digit(), 0, JsonRules.MAX_DIGITS);

    private NumberRange() {}

    /** One end of a range. @param open whether the value itself is outside */
    record Bound(BigDecimal value, boolean open) {
        Bound negated() {
            return new Bound(value.negate(), open);
        }

        BigInteger whole() {
            return value.toBigInteger();
        }

        /** The digits behind the point, without zeros at the end. */
        String fraction() {
            String digits = value.remainder(BigDecimal.ONE).stripTrailingZeros().toPlainString();
            return digits.contains(".") ? digits.substring(digits.indexOf('.') + 1) : "";
        }
    }

    /** The numbers within the bounds of a schema, which has at least one. */
    static GrammarExpression of(MergedSchema schema) {
        Optional<Bound> min = stricter(bound(schema, "minimum", false), bound(schema, "exclusiveMinimum", true), 1);
        Optional<Bound> max = stricter(bound(schema, "maximum", false), bound(schema, "exclusiveMaximum", true), -1);
        Bound low = min.orElseGet(() -> far(max.orElseThrow()).negated());
        Bound high = max.orElseGet(() -> far(low));
        List<GrammarExpression> ways = between(low, high);
        if (ways.isEmpty()) {
            throw MergedSchema.unsupported(schema.pointer(), "no number from " + low.value() + " to " + high.value());
        }
        return JsonSchema.one(ways);
    }

    private static Optional<Bound> bound(MergedSchema schema, String keyword, boolean open) {
        return schema.get(keyword).map(value -> new Bound(MergedSchema.bound(value), open));
    }

    private static Optional<Bound> stricter(Optional<Bound> closed, Optional<Bound> open, int sign) {
        boolean opens = open.isPresent() && (closed.isEmpty() || open.get().value().compareTo(closed.get().value()) * sign >= 0);
        return opens ? open : closed;
    }

    private static Bound far(Bound other) {
        return new Bound(new BigDecimal(IntegerRange.far(other.whole())), false);
    }

    /** The ways to write a number of the range; none if it is empty. */
    static List<GrammarExpression> between(Bound low, Bound high) {
        List<GrammarExpression> ways = new ArrayList<>();
        if (low.value().signum() < 0) {
            Bound nearest = high.value().signum() < 0 ? high.negated() : new Bound(BigDecimal.ZERO, true);
            List<GrammarExpression> magnitudes = magnitudes(nearest, low.negated());
            if (!magnitudes.isEmpty()) {
                ways.add(sequence(literal("-"), JsonSchema.one(magnitudes)));
            }
        }
        if (high.value().signum() >= 0) {
            ways.addAll(magnitudes(low.value().signum() < 0 ? new Bound(BigDecimal.ZERO, false) : low, high));
        }
        return ways;
    }

    private static List<GrammarExpression> magnitudes(Bound low, Bound high) {
        List<GrammarExpression> ways = new ArrayList<>();
        BigInteger first = low.whole();
        BigInteger last = high.whole();
        if (first.equals(last)) {
            behind(first, fractions(Optional.of(low), Optional.of(high)), ways);
        } else if (first.compareTo(last) < 0) {
            behind(first, fractions(Optional.of(low), Optional.empty()), ways);
            if (first.add(BigInteger.ONE).compareTo(last) < 0) {
                ways.add(sequence(IntegerRange.between(first.add(BigInteger.ONE), last.subtract(BigInteger.ONE)),
                        JsonSchema.one(fractions(Optional.empty(), Optional.empty()))));
            }
            behind(last, fractions(Optional.empty(), Optional.of(high)), ways);
        }
        return ways;
    }

    private static void behind(BigInteger whole, List<GrammarExpression> fractions, List<GrammarExpression> ways) {
        if (!fractions.isEmpty()) {
            ways.add(sequence(literal(whole.toString()), JsonSchema.one(fractions)));
        }
    }

    /** The ways to go on behind the whole part, which is that of the bounds given. */
    private static List<GrammarExpression> fractions(Optional<Bound> low, Optional<Bound> high) {
        String from = low.map(Bound::fraction).orElse("");
        boolean above = low.map(Bound::open).orElse(false);
        Optional<String> to = high.map(Bound::fraction);
        boolean below = high.map(Bound::open).orElse(false);
        List<GrammarExpression> ways = new ArrayList<>();
        if (mayEnd(from, above, to, below)) {
            ways.add(literal(""));
        }
        List<GrammarExpression> digits = digits(from, above, to, below);
        digits.forEach(way -> ways.add(sequence(literal("."), way)));
        return ways;
    }

    private static boolean mayEnd(String from, boolean above, Optional<String> to, boolean below) {
        return from.isEmpty() && !above && !(to.isPresent() && to.get().isEmpty() && below);
    }

    /**
     * The digits, at least one, from {@code from} to {@code to}, read as fractions.
     *
     * @param above whether {@code from} itself is outside
     * @param to    empty for no upper end
     * @param below whether {@code to} itself is outside
     */
    private static List<GrammarExpression> digits(String from, boolean above, Optional<String> to, boolean below) {
        List<GrammarExpression> ways = new ArrayList<>();
        if (to.isPresent() && to.get().isEmpty()) {
            if (from.isEmpty() && !above && !below) {
                ways.add(sequence(literal("0"), ZEROS));
            }
            return ways;
        }
        if (from.isEmpty() && to.isEmpty()) {
            ways.add(above
                    ? sequence(ZEROS, new GrammarExpression.CharacterClass(CodePoints.of('1', '9')), DIGITS)
                    : sequence(JsonRules.digit(), DIGITS));
            return ways;
        }
        char low = from.isEmpty() ? '0' : from.charAt(0);
        char high = to.map(text -> text.charAt(0)).orElse((char) ('9' + 1)); // as if 1 were before the point
        String restLow = from.isEmpty() ? "" : from.substring(1);
        Optional<String> restHigh = to.map(text -> text.substring(1));
        if (low == high) {
            onward(low, restLow, above, restHigh, below, ways);
        } else if (low < high) {
            onward(low, restLow, above, Optional.empty(), false, ways);
            if (high - low > 1) {
                ways.add(sequence(new GrammarExpression.CharacterClass(CodePoints.of(low + 1, high - 1)), DIGITS));
            }
            if (restHigh.isPresent()) {
                onward(high, "", false, restHigh, below, ways);
            }
        }
        return ways;
    }

    private static void onward(char digit, String from, boolean above, Optional<String> to, boolean below, List<GrammarExpression> ways) {
        boolean ends = mayEnd(from, above, to, below);
        List<GrammarExpression> rest = digits(from, above, to, below);
        if (!rest.isEmpty()) {
            GrammarExpression further = JsonSchema.one(rest);
            ways.add(sequence(literal(String.valueOf(digit)), ends ? optional(further) : further));
        } else if (ends) {
            ways.add(literal(String.valueOf(digit)));
        }
    }
}

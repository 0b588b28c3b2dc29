package dev.nibble.text.grammar;

import static dev.nibble.text.grammar.GrammarExpression.literal;
import static dev.nibble.text.grammar.GrammarExpression.repeat;
import static dev.nibble.text.grammar.GrammarExpression.sequence;

import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The integers between two bounds as digits, without leading zeros and without −0. */
final class IntegerRange {
    private IntegerRange() {}

    /** The integers within the bounds of a schema, which has at least one. */
    static GrammarExpression of(MergedSchema schema) {
        Optional<BigInteger> min = Stream.of(bound(schema, "minimum", RoundingMode.CEILING),
                bound(schema, "exclusiveMinimum", RoundingMode.FLOOR).map(n -> n.add(BigInteger.ONE)))
                .flatMap(Optional::stream).reduce(BigInteger::max);
        Optional<BigInteger> max = Stream.of(bound(schema, "maximum", RoundingMode.FLOOR),
                bound(schema, "exclusiveMaximum", RoundingMode.CEILING).map(n -> n.subtract(BigInteger.ONE)))
                .flatMap(Optional::stream).reduce(BigInteger::min);
        BigInteger low = min.orElseGet(() -> far(max.orElseThrow()).negate());
        BigInteger high = max.orElseGet(() -> far(low));
        if (low.compareTo(high) > 0) {
            throw MergedSchema.unsupported(schema.pointer(), "no integer from " + low + " to " + high);
        }
        return between(low, high);
    }

    /** Returns the bound used for an unbounded range: 16 digits, or one more than the other bound has. */
    static BigInteger far(BigInteger other) {
        return BigInteger.TEN.pow(Math.max(JsonRules.MAX_DIGITS, other.abs().toString().length() + 1)).subtract(BigInteger.ONE);
    }

    private static Optional<BigInteger> bound(MergedSchema schema, String keyword, RoundingMode rounding) {
        return schema.get(keyword).map(value -> MergedSchema.bound(value).setScale(0, rounding).toBigInteger());
    }

    /** The integers from {@code min} to {@code max}, both included. */
    static GrammarExpression between(BigInteger min, BigInteger max) {
        if (min.compareTo(max) > 0) {
            throw new IllegalArgumentException("no integer from " + min + " to " + max);
        }
        List<GrammarExpression> ways = new ArrayList<>();
        if (min.signum() < 0) {
            BigInteger nearest = max.min(BigInteger.ONE.negate());
            ways.add(sequence(literal("-"), magnitudes(nearest.negate(), min.negate())));
        }
        if (max.signum() >= 0) {
            ways.add(magnitudes(min.max(BigInteger.ZERO), max));
        }
        return one(ways);
    }

    /** Splits a range by length: 7 to 1234 is 7–9, 10–99, 100–999 and 1000–1234. */
    private static GrammarExpression magnitudes(BigInteger min, BigInteger max) {
        List<GrammarExpression> ways = new ArrayList<>();
        BigInteger from = min;
        while (from.compareTo(max) <= 0) {
            BigInteger last = BigInteger.TEN.pow(from.toString().length()).subtract(BigInteger.ONE).min(max);
            ways.add(digits(from.toString(), last.toString()));
            from = last.add(BigInteger.ONE);
        }
        return one(ways);
    }

    /** The numbers between two of the same length. */
    private static GrammarExpression digits(String min, String max) {
        if (min.isEmpty()) {
            return literal("");
        }
        if (min.chars().skip(1).allMatch(c -> c == '0') && max.chars().skip(1).allMatch(c -> c == '9')) {
            GrammarExpression first = digit(min.charAt(0), max.charAt(0));
            return min.length() == 1 ? first : sequence(first, repeat(JsonRules.digit(), min.length() - 1, min.length() - 1));
        }
        char low = min.charAt(0);
        char high = max.charAt(0);
        String restLow = min.substring(1);
        String restHigh = max.substring(1);
        if (low == high) {
            return sequence(literal(String.valueOf(low)), digits(restLow, restHigh));
        }
        List<GrammarExpression> ways = new ArrayList<>();
        ways.add(sequence(literal(String.valueOf(low)), digits(restLow, "9".repeat(restLow.length()))));
        if (high - low > 1) {
            ways.add(sequence(digit((char) (low + 1), (char) (high - 1)), repeat(JsonRules.digit(), restLow.length(), restLow.length())));
        }
        ways.add(sequence(literal(String.valueOf(high)), digits("0".repeat(restHigh.length()), restHigh)));
        return one(ways);
    }

    private static GrammarExpression digit(char first, char last) {
        return new GrammarExpression.CharacterClass(CodePoints.of(first, last));
    }

    private static GrammarExpression one(List<GrammarExpression> ways) {
        return ways.size() == 1 ? ways.getFirst() : new GrammarExpression.Choice(ways);
    }
}

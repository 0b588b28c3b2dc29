package dev.nibble.text.grammar;

import static dev.nibble.text.grammar.Expression.literal;
import static dev.nibble.text.grammar.Expression.repeat;
import static dev.nibble.text.grammar.Expression.sequence;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/** The whole numbers between two bounds as digits, without leading zeros and without −0. */
final class IntegerRange {
    private IntegerRange() {}

    /** Both bounds belong to it. */
    static Expression between(BigInteger least, BigInteger most) {
        if (least.compareTo(most) > 0) {
            throw new IllegalArgumentException("no whole number from " + least + " to " + most);
        }
        List<Expression> ways = new ArrayList<>();
        if (least.signum() < 0) {
            BigInteger nearest = most.min(BigInteger.ONE.negate());
            ways.add(sequence(literal("-"), magnitudes(nearest.negate(), least.negate())));
        }
        if (most.signum() >= 0) {
            ways.add(magnitudes(least.max(BigInteger.ZERO), most));
        }
        return one(ways);
    }

    /** Numbers of every length on their own: 7 to 1234 are 7–9, 10–99, 100–999 and 1000–1234. */
    private static Expression magnitudes(BigInteger least, BigInteger most) {
        List<Expression> ways = new ArrayList<>();
        BigInteger from = least;
        while (from.compareTo(most) <= 0) {
            BigInteger last = BigInteger.TEN.pow(from.toString().length()).subtract(BigInteger.ONE).min(most);
            ways.add(digits(from.toString(), last.toString()));
            from = last.add(BigInteger.ONE);
        }
        return one(ways);
    }

    /** All numbers between two of the same length. */
    private static Expression digits(String least, String most) {
        if (least.isEmpty()) {
            return literal("");
        }
        if (least.chars().skip(1).allMatch(c -> c == '0') && most.chars().skip(1).allMatch(c -> c == '9')) {
            Expression first = digit(least.charAt(0), most.charAt(0));
            return least.length() == 1 ? first : sequence(first, repeat(JsonRules.digit(), least.length() - 1, least.length() - 1));
        }
        char low = least.charAt(0);
        char high = most.charAt(0);
        String restLow = least.substring(1);
        String restHigh = most.substring(1);
        if (low == high) {
            return sequence(literal(String.valueOf(low)), digits(restLow, restHigh));
        }
        List<Expression> ways = new ArrayList<>();
        ways.add(sequence(literal(String.valueOf(low)), digits(restLow, "9".repeat(restLow.length()))));
        if (high - low > 1) {
            ways.add(sequence(digit((char) (low + 1), (char) (high - 1)), repeat(JsonRules.digit(), restLow.length(), restLow.length())));
        }
        ways.add(sequence(literal(String.valueOf(high)), digits("0".repeat(restHigh.length()), restHigh)));
        return one(ways);
    }

    private static Expression digit(char first, char last) {
        return new Expression.CharacterClass(CodePoints.of(first, last));
    }

    private static Expression one(List<Expression> ways) {
        return ways.size() == 1 ? ways.getFirst() : new Expression.Choice(ways);
    }
}

package dev.nibble.text.grammar;

import java.util.Map;

/**
 * The formats of JSON schema strings: RFC 3339 dates and times, without leap seconds, and RFC 4122 UUIDs. Written as GBNF between quotes.
 */
final class JsonFormats {
    private static final String TEXT = """
            root ::= date | time | date-time | uuid
            date ::= year "-" (("0" [13578] | "1" [02]) "-" (day-28 | "29" | "30" | "31") | ("0" [469] | "11") "-" (day-28 | "29" | "30") | "02-" day-28) | leap-year "-02-29"
            day-28 ::= "0" [1-9] | "1" [0-9] | "2" [0-8]
            year ::= [0-9]{4}
            leap-year ::= [0-9]{2} ("0" [48] | [2468] [048] | [13579] [26]) | ([02468] [048] | [13579] [26]) "00"
            time ::= hour ":" minute ":" minute ("." [0-9]{1,9})? ("Z" | [+-] hour ":" minute)
            hour ::= [01] [0-9] | "2" [0-3]
            minute ::= [0-5] [0-9]
            date-time ::= date "T" time
            uuid ::= [0-9a-fA-F]{8} ("-" [0-9a-fA-F]{4}){3} "-" [0-9a-fA-F]{12}
            """;
    private static final Map<String, Expression> RULES = Gbnf.parse(TEXT).rules();

    private JsonFormats() {}

    static boolean knows(String format) {
        return format.equals("date") || format.equals("time") || format.equals("date-time") || format.equals("uuid");
    }

    /** A string of this format, quotes included. */
    static Expression string(String format, JsonRules rules) {
        return Expression.sequence(Expression.literal("\""), use(format, rules), Expression.literal("\""));
    }

    private static Expression use(String name, JsonRules rules) {
        return rules.rule(name, () -> adopted(RULES.get(name), rules));
    }

    /** Copies the rules used by the expression to the other grammar. */
    private static Expression adopted(Expression expression, JsonRules rules) {
        return switch (expression) {
            case Expression.Literal _,Expression.CharacterClass _ -> expression;
            case Expression.RuleName rule -> use(rule.name(), rules);
            case Expression.Sequence sequence -> new Expression.Sequence(sequence.parts().stream().map(p -> adopted(p, rules)).toList());
            case Expression.Choice choice -> new Expression.Choice(choice.alternatives().stream().map(a -> adopted(a, rules)).toList());
            case Expression.Repeat repeat -> new Expression.Repeat(adopted(repeat.body(), rules), repeat.min(), repeat.max());
        };
    }
}

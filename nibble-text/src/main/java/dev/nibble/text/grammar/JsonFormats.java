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
    private static final Map<String, GrammarExpression> RULES = Gbnf.parse(TEXT).rules();

    private JsonFormats() {}

    static boolean knows(String format) {
        return format.equals("date") || format.equals("time") || format.equals("date-time") || format.equals("uuid");
    }

    /** A string of this format, quotes included. */
    static GrammarExpression string(String format, JsonRules rules) {
        return GrammarExpression.sequence(GrammarExpression.literal("\""), use(format, rules), GrammarExpression.literal("\""));
    }

    private static GrammarExpression use(String name, JsonRules rules) {
        return rules.rule(name, () -> adopted(RULES.get(name), rules));
    }

    /** Copies the rules used by the expression to the other grammar. */
    private static GrammarExpression adopted(GrammarExpression expression, JsonRules rules) {
        return switch (expression) {
            case GrammarExpression.Literal _,GrammarExpression.CharacterClass _ -> expression;
            case GrammarExpression.RuleName rule -> use(rule.name(), rules);
            case GrammarExpression.Sequence sequence ->
                new GrammarExpression.Sequence(sequence.parts().stream().map(p -> adopted(p, rules)).toList());
            case GrammarExpression.Choice choice ->
                new GrammarExpression.Choice(choice.alternatives().stream().map(a -> adopted(a, rules)).toList());
            case GrammarExpression.Repeat repeat -> new GrammarExpression.Repeat(adopted(repeat.body(), rules), repeat.min(), repeat.max());
        };
    }
}

package dev.nibble.text.grammar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class GbnfTest {
    static Stream<Arguments> reads() {
        return Stream.of(
                arguments("root ::= \"a\\x41\\u00e9\\U0001F600\\n\\t\\r\\\\\\\"\\[\\]\"", "aA\u00e9\ud83d\ude00\n\t\r\\\"[]"),
                arguments("root ::= [a-cx\\]-]+", "abcx]-"),
                arguments("root ::= [^a\\n] .", "b\n"),
                arguments("root ::= (\"a\" |\n  # comment\n \"b\"\n)* # comment\n\n# comment", "abba"),
                arguments("root ::=\n a-1 |\n a-1 a-1\na-1 ::= \"x\"", "xx"),
                arguments("root ::= \"ab\"{2} [c]{ 1 , } \"d\"{0,2} \"e\"?", "ababcccdd"),
                arguments("root ::= \"a\"*?+", "aaa"),
                arguments("root ::= | \"a\"", ""),
                arguments("root ::= \"\"", ""),
                arguments("root ::= [\\x30-\\u0039\\U0001F600-\\U0001F610] {3}", "09\ud83d\ude05"));
    }

    @ParameterizedTest
    @MethodSource
    void reads(String gbnf, String text) {
        Grammar grammar = Gbnf.parse(gbnf);
        assertTrue(GrammarAutomatonTest.accepts(new GrammarAutomaton(grammar), text), grammar.toString());
    }

    static Stream<Arguments> refuses() {
        return Stream.of(
                arguments("root := \"a\"", "line 1, column 6: expected ::=, found ':'"),
                arguments("a ::= \"a\"", "there is no rule \"root\""),
                arguments("root ::= \"a", "line 1, column 10: this literal has no end"),
                arguments("root ::= [a", "line 1, column 10: this character class has no end"),
                arguments("root ::= []", "line 1, column 10: this character class has no characters"),
                arguments("root ::= [z-a]", "line 1, column 11: the range's end comes before its start"),
                arguments("root ::= (\"a\"", "line 1, column 14: expected ), found the end"),
                arguments("root ::= \"a\")", "line 1, column 13: expected the end of the rule, found ')'"),
                arguments("root ::= x\nx ::= y", "line 2, column 7: rule \"y\" is not defined"),
                arguments("root ::= x\nx ::= \"a\"\nx ::= \"b\"", "line 3, column 1: rule \"x\" is defined a second time"),
                arguments("root ::= \"\\q\"", "line 1, column 11: unknown escape"),
                arguments("root ::= \"\\x4\"", "line 1, column 11: expected 2 hexadecimal digits, found '\"'"),
                arguments("root ::= \"\\U00110000\"", "line 1, column 11: no character has the number 110000"),
                arguments("root ::= \"\\ud83d\"", "line 1, column 11: a surrogate is not a character"),
                arguments("root ::= \"a\"{2,1}", "line 1, column 13: at most 1 repetitions, but at least 2"),
                arguments("root ::= \"a\"{}", "line 1, column 14: expected a number, found '}'"),
                arguments("root ::= \"a\"{1000001}", "line 1, column 14: a repetition of 1000001 times or more; the limit is 1000000"),
                arguments("root ::= \"a\"{0,99999999999999999999}", "line 1, column 16: a repetition of 2147483647 times or more"),
                arguments("root ::= <[1000]>", "line 1, column 10: expected the end of the rule, found '<'"),
                arguments("root ::= \"a\"\n| \"b\"", "line 2, column 1: expected a rule's name (letters, digits and -), found '|'"),
                arguments("root ::= *\"b\"", "line 1, column 10: expected the end of the rule, found '*'"),
                arguments("root ::= a_b", "line 1, column 11: expected the end of the rule, found '_'"));
    }

    @ParameterizedTest
    @MethodSource
    void refuses(String gbnf, String message) {
        String found = assertThrows(GrammarException.class, () -> Gbnf.parse(gbnf)).getMessage();
        assertTrue(found.contains(message), found);
    }

    @Test
    void limitsStopNestedText() {
        assertTrue(assertThrows(GrammarException.class, () -> Gbnf.parse("root ::= " + "(".repeat(100_000))).getMessage()
                .contains("more than 100 nested parentheses"));
        assertTrue(assertThrows(GrammarException.class, () -> Gbnf.parse("root ::= \"a\"" + "*".repeat(100_000))).getMessage()
                .contains("more than 100 repetitions of repetitions"));
        assertTrue(assertThrows(GrammarException.class, () -> Gbnf.parse(" ".repeat(2_000_000))).getMessage().contains("the limit is"));
    }

    @Test
    void whatIsWrittenIsReadAgain() {
        for (int trial = 0; trial < 500; trial++) {
            RandomGenerator random = GrammarAutomatonTest.generator(700L + trial);
            Grammar grammar = RandomGrammars.grammar(random);
            GrammarAutomaton again = new GrammarAutomaton(Gbnf.parse(grammar.toString()));
            GrammarAutomaton automaton = new GrammarAutomaton(grammar);
            for (int i = 0; i < 30; i++) {
                String text = RandomGrammars.text(random, random.nextInt(5));
                assertEquals(GrammarAutomatonTest.accepts(automaton, text), GrammarAutomatonTest.accepts(again, text), grammar.toString());
            }
        }
    }

    @Test
    void readsTheArithmeticOfTheDocumentation() {
        GrammarAutomaton automaton = GrammarAutomatonTest.automaton("""
                root  ::= (expr "=" ws term "\\n")+
                expr  ::= term ([-+*/] term)*
                term  ::= ident | num | "(" ws expr ")" ws
                ident ::= [a-z] [a-z0-9_]* ws
                num   ::= [0-9]+ ws
                ws    ::= [ \\t\\n]*
                """);
        assertTrue(GrammarAutomatonTest.accepts(automaton, "(x +12)*y=z\n"));
        assertFalse(GrammarAutomatonTest.accepts(automaton, "(x +12*y=z\n"));
    }
}

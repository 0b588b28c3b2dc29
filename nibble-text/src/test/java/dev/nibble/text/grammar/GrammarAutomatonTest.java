package dev.nibble.text.grammar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nibble.error.UnsupportedException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

class GrammarAutomatonTest {
    @Test
    void agreesWithTheRecogniser() {
        int accepted = 0;
        for (int trial = 0; trial < 1500; trial++) {
            long seed = 5000L + trial;
            RandomGenerator random = generator(seed);
            Grammar grammar = RandomGrammars.grammar(random);
            GrammarAutomaton automaton = new GrammarAutomaton(grammar);
            for (int length = 0; length <= 5; length++) {
                for (int i = 0; i < 12; i++) {
                    String text = RandomGrammars.text(random, length);
                    boolean expected = Recogniser.matches(grammar, text);
                    accepted += expected ? 1 : 0;
                    assertEquals(expected, accepts(automaton, text), () -> "seed " + seed + ", text '" + text + "', grammar\n" + grammar);
                }
            }
        }
        assertTrue(accepted > 5000, "only " + accepted + " texts were in their grammars");
    }

    /** Every walk along live states can reach a text of the grammar. */
    @Test
    void writesOnlyTextsOfTheGrammar() {
        int written = 0;
        for (int trial = 0; trial < 1500; trial++) {
            long seed = 9000L + trial;
            RandomGenerator random = generator(seed);
            Grammar grammar = RandomGrammars.grammar(random);
            GrammarAutomaton automaton = new GrammarAutomaton(grammar);
            byte[] bytes = walk(automaton, random);
            if (bytes.length > 0) {
                String text = new String(bytes, StandardCharsets.UTF_8);
                assertFalse(text.contains("\ufffd"), "not UTF-8, seed " + seed);
                assertTrue(Recogniser.matches(grammar, text), () -> "seed " + seed + ", text '" + text + "', grammar\n" + grammar);
                written++;
            }
        }
        assertTrue(written > 500, "only " + written + " texts");
    }

    /** Random bytes along live states until the grammar may end; empty if that takes too long. */
    private static byte[] walk(GrammarAutomaton automaton, RandomGenerator random) {
        GrammarState state = automaton.start();
        java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();
        byte[] alphabet = RandomGrammars.ALPHABET.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < 12 && !(state.accepting() && random.nextInt(4) == 0); i++) {
            List<Byte> living = new ArrayList<>();
            for (byte b : alphabet) {
                if (!automaton.next(state, b).dead()) {
                    living.add(b);
                }
            }
            if (living.isEmpty()) {
                break;
            }
            byte b = living.get(random.nextInt(living.size()));
            bytes.write(b);
            state = automaton.next(state, b);
        }
        return state.accepting() ? bytes.toByteArray() : new byte[0];
    }

    @Test
    void characterClassesTakeExactlyTheirCharacters() {
        RandomGenerator random = generator(3);
        int[] edges = {0, 0x7F, 0x80, 0x7FF, 0x800, 0xFFF, 0x1000, 0xCFFF, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x3FFFF, 0xFFFFF, 0x10FFFF};
        for (int trial = 0; trial < 150; trial++) {
            List<CodePoints.Range> ranges = new ArrayList<>();
            for (int i = random.nextInt(1, 4); i > 0; i--) {
                int first = near(edges, random);
                ranges.add(new CodePoints.Range(first, Math.max(first, near(edges, random))));
            }
            CodePoints set = new CodePoints(ranges);
            if (set.isEmpty()) {
                continue;
            }
            GrammarAutomaton automaton = new GrammarAutomaton(
                    new Grammar(java.util.Map.of("root", new GrammarExpression.CharacterClass(set))));
            for (int i = 0; i < 300; i++) {
                int c = near(edges, random);
                if (Character.getType(c) != Character.SURROGATE) {
                    assertEquals(set.contains(c), accepts(automaton, Character.toString(c)), () -> Integer.toHexString(c) + " in " + set);
                }
            }
        }
    }

    private static int near(int[] edges, RandomGenerator random) {
        return Math.clamp(edges[random.nextInt(edges.length)] + random.nextInt(-70, 71), 0, Character.MAX_CODE_POINT);
    }

    @Test
    void invalidUtf8IsNoCharacter() {
        GrammarAutomaton any = automaton("root ::= .*");
        for (int[] bytes : new int[][]{{0x80}, {0xC0, 0x80}, {0xC1, 0xBF}, {0xE0, 0x80, 0x80}, {0xED, 0xA0, 0x80}, {0xF0, 0x80, 0x80, 0x80},
            {0xF4, 0x90, 0x80, 0x80}, {0xF5}, {0xFF}}) {
            GrammarState state = any.start();
            for (int b : bytes) {
                state = any.next(state, (byte) b);
            }
            assertTrue(state.dead());
        }
    }

    @Test
    void rightRecursionNeedsNoStack() {
        GrammarAutomaton automaton = automaton("root ::= \"a\" root | \"b\"");
        GrammarState state = automaton.start();
        for (int i = 0; i < 10_000; i++) {
            state = automaton.next(state, (byte) 'a');
        }
        assertEquals(automaton.start(), state);
        assertTrue(accepts(automaton, "aab"));
    }

    @Test
    void manyRepetitionsAreCountedNotWrittenOut() {
        GrammarAutomaton automaton = automaton("root ::= \"ab\"{0,1000000} \"c\"");
        assertTrue(accepts(automaton, "ab".repeat(30_000) + "c")); // more states than are cached
        assertFalse(accepts(automaton("root ::= \"a\"{3,5}"), "aa"));
        assertTrue(accepts(automaton("root ::= \"a\"{3,5}"), "aaaaa"));
        assertFalse(accepts(automaton("root ::= \"a\"{3,5}"), "aaaaaa"));
        assertTrue(accepts(automaton("root ::= (\"a\"?){1000,1000000} \"b\""), "aaab"));
        assertFalse(accepts(automaton("root ::= (\"a\"?){2,3} \"b\""), "aaaab"));
    }

    @Test
    void nestingEndsAtALimit() {
        GrammarAutomaton automaton = automaton("root ::= \"(\" root \")\" | \"x\"");
        assertTrue(accepts(automaton, "(".repeat(1500) + "x" + ")".repeat(1500)));
        GrammarState state = automaton.start();
        for (int i = 0; i < 5000 && !state.dead(); i++) {
            state = automaton.next(state, (byte) '(');
        }
        assertTrue(state.dead());
    }

    @Test
    void ambiguityEndsAtALimit() {
        GrammarAutomaton automaton = automaton("root ::= \"a\" root \"b\" | \"a\" root \"c\" | \"\"");
        String message = assertThrows(UnsupportedException.class, () -> accepts(automaton, "a".repeat(20))).getMessage();
        assertTrue(message.startsWith("the grammar is too ambiguous: more than 4096 parses"), message);
        assertTrue(accepts(automaton("root ::= (\"a\" | \"aa\" | \"aaa\")* \"b\""), "a".repeat(3000) + "b")); // equal stacks are merged
        assertTrue(accepts(automaton("root ::= ((((\"a\"*)*)*)*)*"), "aaaa"));
    }

    @Test
    void leftRecursionIsRefused() {
        for (String grammar : List.of("root ::= root \"a\" | \"b\"", "root ::= a\na ::= \"x\"? b\nb ::= (\"y\"* root)+",
                "root ::= (root)*", "root ::= \"\" root")) {
            String message = assertThrows(GrammarException.class, () -> automaton(grammar), grammar).getMessage();
            assertTrue(message.startsWith("grammar: left recursion: rule \"root\""), message);
        }
        assertTrue(accepts(automaton("root ::= \"x\" root | (\"y\"?)*"), "xxyy"));
    }

    static RandomGenerator generator(long seed) {
        return RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    }

    static GrammarAutomaton automaton(String gbnf) {
        return new GrammarAutomaton(Gbnf.parse(gbnf));
    }

    static boolean accepts(GrammarAutomaton automaton, String text) {
        GrammarState state = automaton.start();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            state = automaton.next(state, b);
        }
        return state.accepting();
    }
}

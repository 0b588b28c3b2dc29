package dev.nibble.text.grammar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nibble.text.sampling.SamplingOptions;
import dev.nibble.text.sampling.TokenSampler;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class TokenGrammarTest {
    private static final RandomGenerator RANDOM = GrammarAutomatonTest.generator(21);
    private static final SyntheticVocabulary TOKENS = new SyntheticVocabulary(RANDOM, 2000);
    private static final TokenTrie TRIE = new TokenTrie(TOKENS);

    /** The trie's mask against every token's bytes on their own. */
    @Test
    void masksExactlyTheTokensThatCannotFollow() {
        for (String gbnf : List.of("root ::= \"{\" [^\\x00-\\x1f]* \"}\"",
                "root ::= ([a-z\u00fc\\U0001F600]+ \": \"?){2,9} | \"true\" | \"\"",
                "root ::= .{3,7}", "root ::= \"</s>\" root | \"x\"")) {
            GrammarAutomaton automaton = GrammarAutomatonTest.automaton(gbnf);
            TokenGrammar grammar = new TokenGrammar(Gbnf.parse(gbnf), TRIE);
            for (int walk = 0; walk < 20; walk++) {
                GrammarConstraint constraint = grammar.constraint();
                GrammarState state = automaton.start();
                for (int step = 0; step < 6; step++) {
                    float[] logits = new float[TOKENS.size() + 3]; // as of a padded output layer
                    constraint.mask(logits);
                    for (int token = 0; token < logits.length; token++) {
                        boolean expected = token < TOKENS.size() && allowed(automaton, state, token);
                        assertEquals(expected, logits[token] == 0, gbnf + " token " + token);
                        assertEquals(expected, token < TOKENS.size() && constraint.allows(token));
                    }
                    int[] going = java.util.stream.IntStream.range(0, 256).filter(t -> logits[t] == 0).toArray();
                    if (going.length == 0) {
                        break;
                    }
                    int token = going[RANDOM.nextInt(going.length)];
                    constraint.accept(token);
                    state = automaton.next(state, (byte) token);
                }
            }
        }
    }

    private static boolean allowed(GrammarAutomaton automaton, GrammarState from, int token) {
        if (TOKENS.endOfGeneration(token)) {
            return from.accepting();
        }
        GrammarState state = from;
        for (byte b : TOKENS.bytes(token)) {
            state = automaton.next(state, b);
        }
        return TOKENS.bytes(token).length > 0 && !state.dead();
    }

    @Test
    void anAnswerEndsWhereTheGrammarMayEnd() {
        GrammarConstraint constraint = new TokenGrammar(Gbnf.parse("root ::= \"ab\"?"), TRIE).constraint();
        assertTrue(constraint.allows(SyntheticVocabulary.END));
        constraint.accept('a');
        assertFalse(constraint.allows(SyntheticVocabulary.END));
        assertFalse(constraint.complete());
        assertEquals("token 257 is not allowed by the grammar here",
                assertThrows(IllegalArgumentException.class, () -> constraint.accept(SyntheticVocabulary.END)).getMessage());
        constraint.accept('b');
        assertTrue(constraint.complete());
        float[] logits = new float[TOKENS.size()];
        constraint.mask(logits);
        assertEquals(0, logits[SyntheticVocabulary.END]);
        assertEquals(0, logits[SyntheticVocabulary.OTHER_END]);
        assertEquals(Float.NEGATIVE_INFINITY, logits['a']);
        assertEquals(Float.NEGATIVE_INFINITY, logits[SyntheticVocabulary.CONTROL]);
        constraint.accept(SyntheticVocabulary.OTHER_END);
        assertFalse(constraint.allows('a'));
    }

    @Test
    void withoutAnEndTokenAnAnswerIsOverWhereItCanOnlyEnd() {
        GrammarConstraint constraint = new TokenGrammar(Gbnf.parse("root ::= \"ab\" \"c\"?"), new TokenTrie(onlyBytes(Byte.MAX_VALUE)))
                .constraint();
        TokenSampler sampler = new TokenSampler(SamplingOptions.DEFAULTS.withSeed(1), Byte.MAX_VALUE, constraint);
        StringBuilder text = new StringBuilder();
        while (!sampler.exhausted()) {
            text.append((char) sampler.next(new float[Byte.MAX_VALUE]));
        }
        assertEquals("abc", text.toString());
        GrammarConstraint unspeakable = new TokenGrammar(Gbnf.parse("root ::= \"a\u00fc\""), new TokenTrie(onlyBytes(Byte.MAX_VALUE)))
                .constraint();
        unspeakable.accept('a');
        assertFalse(unspeakable.exhausted());
        assertTrue(assertThrows(GrammarException.class, () -> unspeakable.mask(new float[Byte.MAX_VALUE])).getMessage()
                .contains("no token of the model's vocabulary"));
    }

    /** A vocabulary of single bytes without an end. */
    private static TokenBytes onlyBytes(int size) {
        return new TokenBytes() {
            @Override
            public int size() {
                return size;
            }

            @Override
            public byte[] bytes(int id) {
                return new byte[]{(byte) id};
            }

            @Override
            public boolean endOfGeneration(int id) {
                return false;
            }
        };
    }

    @Test
    void anEndThatIsIgnoredEndsTheGrammarAllTheSame() {
        GrammarConstraint constraint = new TokenGrammar(Gbnf.parse("root ::= \"a\"*"), TRIE).constraint();
        assertFalse(constraint.exhausted());
        constraint.accept(SyntheticVocabulary.END);
        assertTrue(constraint.exhausted());
    }

    @Test
    void aCharacterMayLieInSeveralTokens() {
        GrammarConstraint constraint = new TokenGrammar(Gbnf.parse("root ::= [\\U0001F600-\\U0001F64F]"), TRIE).constraint();
        for (byte b : "\ud83d\ude00".getBytes(StandardCharsets.UTF_8)) {
            assertFalse(constraint.mayEnd());
            assertFalse(constraint.allows(0x7F));
            constraint.accept(Byte.toUnsignedInt(b));
        }
        assertTrue(constraint.mayEnd());
    }

    @Test
    void answersShareAGrammarWithoutDisturbingEachOther() {
        TokenGrammar grammar = new TokenGrammar(Gbnf.parse("root ::= \"a\" \"b\" \"c\""), TRIE);
        GrammarConstraint one = grammar.constraint();
        GrammarConstraint other = grammar.constraint();
        one.accept('a');
        other.accept('a');
        one.accept('b');
        assertTrue(one.allows('c'));
        assertFalse(other.allows('c'));
    }

    @Test
    void forgettingMasksChangesNothing() {
        TokenGrammar grammar = new TokenGrammar(Gbnf.parse("root ::= \"a\"{1500} \"b\""), TRIE);
        for (int round = 0; round < 2; round++) {
            GrammarConstraint constraint = grammar.constraint();
            for (int i = 0; i < 1500; i++) {
                float[] logits = new float[TOKENS.size()];
                constraint.mask(logits);
                assertEquals(0, logits['a']);
                assertEquals(Float.NEGATIVE_INFINITY, logits['b']);
                constraint.accept('a');
            }
            assertTrue(constraint.allows('b'));
        }
    }

    @Test
    void theSamplerDrawsWithinTheGrammar() {
        TokenGrammar grammar = new TokenGrammar(Gbnf.parse("root ::= [0-9]{3} (\"-\" [a-f]+){2} \".\""), TRIE);
        for (int seed = 0; seed < 50; seed++) {
            TokenSampler sampler = new TokenSampler(SamplingOptions.DEFAULTS.withSeed(seed), TOKENS.size(), grammar.constraint());
            StringBuilder text = new StringBuilder();
            float[] logits = SamplingLogits.random(TOKENS.size(), seed);
            for (int token = sampler.next(logits); !TOKENS.endOfGeneration(token); token = sampler.next(logits)) {
                text.append(new String(TOKENS.bytes(token), StandardCharsets.UTF_8));
                logits = SamplingLogits.random(TOKENS.size(), seed + text.length());
            }
            assertTrue(text.toString().matches("[0-9]{3}(-[a-f]+){2}\\."), text.toString());
        }
    }

    /** Logits of an untrained model. */
    private static final class SamplingLogits {
        static float[] random(int size, long seed) {
            RandomGenerator random = GrammarAutomatonTest.generator(seed);
            float[] logits = new float[size];
            for (int i = 0; i < size; i++) {
                logits[i] = (float) random.nextGaussian();
            }
            return logits;
        }
    }
}

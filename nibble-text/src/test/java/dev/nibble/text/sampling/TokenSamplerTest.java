package dev.nibble.text.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenSamplerTest {
    private static final SamplingOptions PLAIN = SamplingOptions.DEFAULTS.withTemperature(1).withTopK(0).withTopP(1).withMinP(0);

    @Test
    void drawsAsOftenAsProbable() {
        float[] logits = new float[50];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) Math.sin(i * 7.0) * 2;
        }
        logits[13] = Float.NEGATIVE_INFINITY;
        for (SamplingOptions options : List.of(PLAIN, PLAIN.withTemperature(0.5f), PLAIN.withTopK(10))) {
            assertTrue(chiSquarePerDegree(logits, options) < 2.6, options.toString()); // for 9 degrees of freedom the 99.5th percentile
        }
    }

    /** Chi-square of 100,000 draws against the softmax, over its degrees of freedom. */
    private static double chiSquarePerDegree(float[] logits, SamplingOptions options) {
        int draws = 100_000;
        Candidates candidates = new Candidates(logits.length);
        candidates.load(logits);
        options.steps().forEach(step -> step.apply(candidates, new SamplerState(logits.length)));
        double total = candidates.weigh();
        int[] counts = new int[logits.length];
        TokenSampler sampler = new TokenSampler(options.withSeed(5), logits.length);
        for (int i = 0; i < draws; i++) {
            counts[sampler.next(logits)]++;
        }
        double chiSquare = 0;
        int degrees = -1;
        int seen = 0;
        for (int i = 0; i < candidates.count(); i++) {
            double expected = draws * candidates.weight(i) / total;
            if (expected > 0) {
                chiSquare += Math.pow(counts[candidates.id(i)] - expected, 2) / expected;
                degrees++;
                seen += counts[candidates.id(i)];
            }
        }
        assertEquals(draws, seen); // nothing else was drawn
        return chiSquare / degrees;
    }

    @Test
    void theSameSeedGivesTheseTokensOnEveryMachine() {
        float[] logits = new float[1000];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (i * 7919 % 1000) / 100f;
        }
        SamplingOptions options = SamplingOptions.DEFAULTS.withTopK(500).withTemperature(2);
        assertEquals("[792, 224, 76, 595, 705, 778, 347, 151]", Arrays.toString(tokens(options.withSeed(42), logits, 8)));
        assertArrayEquals(drawnPlainly(logits, 500, 2, 42, 300), tokens(options.withTopP(1).withMinP(0).withSeed(42), logits, 300));
    }

    /** The draws as documented, with sorted lists and the exponential of the standard library. */
    private static int[] drawnPlainly(float[] logits, int topK, float temperature, long seed, int count) {
        List<NaiveSampling.Scored> kept = NaiveSampling.topK(
                IntStream.range(0, logits.length).mapToObj(i -> new NaiveSampling.Scored(i, logits[i])).toList(), topK);
        double[] running = new double[topK];
        for (int i = 0; i < topK; i++) {
            running[i] = (i == 0 ? 0 : running[i - 1]) + StrictMath.exp((kept.get(i).logit() - kept.get(0).logit()) / temperature);
        }
        RandomGenerator random = SamplerStepsTest.generator(seed);
        return IntStream.range(0, count).map(_ -> {
            double target = (random.nextLong() >>> 11) * 0x1p-53 * running[topK - 1];
            return kept.get((int) Arrays.stream(running).takeWhile(sum -> sum <= target).count()).id();
        }).toArray();
    }

    private static int[] tokens(SamplingOptions options, float[] logits, int count) {
        TokenSampler sampler = new TokenSampler(options, logits.length);
        int[] tokens = new int[count];
        for (int i = 0; i < count; i++) {
            tokens[i] = sampler.next(logits);
        }
        return tokens;
    }

    @Test
    void temperatureZeroIsTheArgmaxAfterPenalties() {
        for (int trial = 0; trial < 200; trial++) {
            float[] logits = SamplerStepsTest.randomLogits(trial);
            int expected = 0;
            for (int i = 0; i < logits.length; i++) {
                expected = logits[i] > logits[expected] ? i : expected;
            }
            assertEquals(expected, new TokenSampler(SamplingOptions.GREEDY.withMirostat(trial % 3, 5, 0.1f), logits.length).next(logits),
                    "seed " + trial);
        }
        TokenSampler penalized = new TokenSampler(SamplingOptions.GREEDY.withPresencePenalty(3), 3);
        penalized.accept(0);
        assertEquals(1, penalized.next(new float[]{5, 4, 0}));
        assertEquals(0, penalized.next(new float[]{5, 4, 0})); // now both have occurred
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void mirostatHoldsTheSurpriseAtTau(int version) {
        int vocabulary = 5000;
        float[] zipf = new float[vocabulary];
        for (int i = 0; i < vocabulary; i++) {
            zipf[i] = (float) -Math.log(i + 1); // p ~ 1/rank: 8.4 bits of surprise on average
        }
        for (float tau : new float[]{3, 5, 7}) {
            double negativeLogLikelihood = averageSurprise(zipf, PLAIN.withMirostat(version, tau, 0.1f).withSeed(9));
            assertEquals(tau, negativeLogLikelihood, 0.15, "mirostat " + version + ", tau " + tau);
        }
    }

    /** Bits under the distribution of the draw, which mirostat controls. */
    private static double averageSurprise(float[] logits, SamplingOptions options) {
        Candidates candidates = new Candidates(logits.length);
        SamplerState state = new SamplerState(logits.length);
        RandomGenerator random = SamplerStepsTest.generator(options.seed().orElseThrow());
        int draws = 4000;
        double sum = 0;
        for (int i = 0; i < 2 * draws; i++) {
            candidates.load(logits);
            options.steps().forEach(step -> step.apply(candidates, state));
            double total = candidates.weigh();
            double target = random.nextDouble() * total;
            int chosen = 0;
            for (double at = candidates.weight(0); at <= target && chosen + 1 < candidates.count(); at += candidates.weight(chosen)) {
                chosen++;
            }
            double probability = candidates.weight(chosen) / total;
            options.steps().forEach(step -> step.drawn(probability, state));
            sum += i < draws ? 0 : -Math.log(probability) / Math.log(2);
        }
        return sum / draws;
    }

    @Test
    void samplerFeedsMirostat() {
        float[] flat = new float[1 << 12]; // every draw has log2(candidates) bits
        int[] tokens = tokens(PLAIN.withMirostat(2, 4, 1), flat, 200);
        assertTrue(Arrays.stream(tokens).skip(1).distinct().count() > 100); // equal tokens are never dropped
        float[] steep = new float[1 << 12];
        for (int i = 0; i < steep.length; i++) {
            steep[i] = -i / 100f; // 7 bits or more without mirostat
        }
        double average = Arrays.stream(tokens(PLAIN.withMirostat(2, 2, 0.5f), steep, 400)).skip(50).average().orElseThrow();
        assertTrue(average < 10, "average rank " + average);
        float[] one = new float[17]; // one bit of surprise for the first, five for the others, which the limit of two leaves out at first
        one[0] = (float) Math.log(16);
        int[] drawn = tokens(PLAIN.withMirostat(2, 1, 1), one, 200);
        assertEquals(0, drawn[0]);
        assertTrue(Arrays.stream(drawn).distinct().count() > 2);
    }

    @Test
    void mirostatStandsOneTokenAndFlatLogits() {
        for (int version = 1; version <= 2; version++) {
            assertEquals(0, new TokenSampler(PLAIN.withMirostat(version, 5, 0.1f), 1).next(new float[1]));
            int token = new TokenSampler(PLAIN.withMirostat(version, 5, 0.1f), 300).next(new float[300]);
            assertTrue(token >= 0 && token < 300);
        }
    }

    @Test
    void logProbabilitiesAreOfTheRawLogits() {
        float[] logits = {1, 3, 2, 3, Float.NEGATIVE_INFINITY};
        double total = Math.exp(1) + Math.exp(3) + Math.exp(2) + Math.exp(3);
        TokenSampler sampler = new TokenSampler(SamplingOptions.GREEDY.withLogitBias(Map.of(0, 100f)), logits.length);
        TokenChoice choice = sampler.choose(logits, 3);
        assertEquals(0, choice.id());
        assertEquals(Math.log(Math.exp(1) / total), choice.logProbability(), 1e-6);
        assertEquals(List.of(1, 3, 2), choice.top().stream().map(TokenChoice.Alternative::id).toList());
        assertEquals(Math.log(Math.exp(3) / total), choice.top().get(0).logProbability(), 1e-6);
        assertEquals(4, sampler.choose(logits, 10).top().size()); // a banned token is not an alternative
        assertEquals(List.of(), sampler.choose(logits, 0).top());
    }

    @Test
    void choosingDrawsWhatNextDraws() {
        float[] logits = SamplerStepsTest.randomLogits(11);
        TokenSampler sampler = new TokenSampler(PLAIN, logits.length);
        int[] tokens = tokens(PLAIN, logits, 20);
        for (int token : tokens) {
            assertEquals(token, sampler.choose(logits, 2).id());
        }
    }

    @Test
    void theConstraintMasksACopyAndHearsTheChoice() {
        float[] logits = {5, 4, 3};
        int[] heard = {-1};
        TokenSampler sampler = new TokenSampler(SamplingOptions.DEFAULTS, 3, new TokenConstraint() {
            @Override
            public void mask(float[] own) {
                own[0] = Float.NEGATIVE_INFINITY;
                own[1] = Float.NEGATIVE_INFINITY;
            }

            @Override
            public void accept(int token) {
                heard[0] = token;
            }
        });
        TokenChoice choice = sampler.choose(logits, 1);
        assertEquals(2, choice.id());
        assertEquals(2, heard[0]);
        assertEquals(0, choice.top().get(0).id());
        assertArrayEquals(new float[]{5, 4, 3}, logits);
    }

    @Test
    void unusableLogitsAreRefused() {
        TokenSampler sampler = new TokenSampler(SamplingOptions.DEFAULTS, 3);
        float none = Float.NEGATIVE_INFINITY;
        assertEquals("logit of token 1 is NaN, expected a finite number or -Infinity", refusal(sampler, 1, Float.NaN, 2));
        assertEquals("logit of token 2 is Infinity, expected a finite number or -Infinity",
                refusal(sampler, 1, 2, Float.POSITIVE_INFINITY));
        assertEquals("no token can be drawn: all 3 logits are -Infinity", refusal(sampler, none, none, none));
        assertEquals("2 logits for a vocabulary of 3 tokens", refusal(sampler, 1, 2));
        assertThrows(IllegalArgumentException.class, () -> sampler.accept(3));
        assertThrows(IllegalArgumentException.class, () -> sampler.accept(-1));
    }

    private static String refusal(TokenSampler sampler, float... logits) {
        return assertThrows(IllegalArgumentException.class, () -> sampler.next(logits)).getMessage();
    }

    @Test
    void optionsNameWhatIsWrong() {
        record Wrong(String message, UnaryOperator<SamplingOptions> change) {}
        Stream.of(new Wrong("temperature is -1.0, expected at least 0.0", o -> o.withTemperature(-1)),
                new Wrong("temperature is NaN, expected a finite number", o -> o.withTemperature(Float.NaN)),
                new Wrong("top-k is -1, expected at least 0", o -> o.withTopK(-1)),
                new Wrong("top-p is 1.5, expected a number from 0.0 to 1.0", o -> o.withTopP(1.5f)),
                new Wrong("min-p is -0.5, expected a number from 0.0 to 1.0", o -> o.withMinP(-0.5f)),
                new Wrong("typical-p is 0.0, expected a number above 0.0", o -> o.withTypicalP(0)),
                new Wrong("repeat penalty is 0.0, expected a number above 0.0", o -> o.withRepeatPenalty(0, 64)),
                new Wrong("repeat last n is -2, expected at least -1", o -> o.withRepeatPenalty(1, -2)),
                new Wrong("frequency penalty is Infinity, expected a finite number", o -> o.withFrequencyPenalty(Float.POSITIVE_INFINITY)),
                new Wrong("mirostat is 3, expected 0 (off), 1 or 2", o -> o.withMirostat(3, 5, 0.1f)),
                new Wrong("mirostat tau is 0.0, expected a number above 0.0", o -> o.withMirostat(1, 0, 0.1f)),
                new Wrong("logit bias of token 3 is Infinity, expected a token id from 0 and a finite number or -Infinity",
                        o -> o.withLogitBias(Map.of(3, Float.POSITIVE_INFINITY))))
                .forEach(wrong -> assertEquals(wrong.message, assertThrows(IllegalArgumentException.class,
                        () -> wrong.change.apply(SamplingOptions.DEFAULTS)).getMessage()));
    }

    @Test
    void stepsComeInTheOrderOfLlamaCpp() {
        SamplingOptions all = SamplingOptions.DEFAULTS.withTypicalP(0.9f).withRepeatPenalty(1.1f, 64).withLogitBias(Map.of(1, 2f));
        assertEquals(List.of("LogitBias", "Penalties", "TopK", "TypicalP", "TopP", "MinP", "Temperature"), names(all));
        assertEquals(List.of("TopK", "TopP", "MinP", "Temperature"), names(SamplingOptions.DEFAULTS));
        assertEquals(List.of("LogitBias", "Penalties", "Temperature", "MirostatV2"), names(all.withMirostat(2, 5, 0.1f)));
        assertEquals(List.of("LogitBias", "Penalties", "Temperature"), names(all.withMirostat(1, 5, 0.1f).withTemperature(0)));
        assertEquals(List.of(), names(PLAIN));
    }

    private static List<String> names(SamplingOptions options) {
        return options.steps().stream().map(step -> step.getClass().getSimpleName()).toList();
    }
}

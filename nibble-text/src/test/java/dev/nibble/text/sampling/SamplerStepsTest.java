package dev.nibble.text.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nibble.text.sampling.NaiveSampling.Scored;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every step against its definition, alone and after others, on logits with ties, gaps and banned tokens. */
class SamplerStepsTest {
    private static final int TRIALS = 300;
    private static final float BANNED = Float.NEGATIVE_INFINITY;

    static Stream<SamplerStep> filters() {
        return Stream.of(new TopK(1), new TopK(40), new TopK(100_000), new TopP(0), new TopP(0.3f), new TopP(0.95f), new TopP(1),
                new MinP(0),
                new MinP(0.05f), new MinP(1), new TypicalP(0.2f), new TypicalP(0.9f), new TypicalP(1));
    }

    @ParameterizedTest
    @MethodSource("filters")
    void filtersKeepWhatTheirDefinitionSays(SamplerStep step) {
        for (int trial = 0; trial < TRIALS; trial++) {
            long seed = 1000L + trial;
            float[] logits = randomLogits(seed);
            assertKept(naive(step, scored(logits)), candidatesAfter(logits, step), "seed " + seed + " " + step);
        }
    }

    @ParameterizedTest
    @MethodSource("filters")
    void filtersWorkBehindEachOther(SamplerStep second) {
        for (int trial = 0; trial < TRIALS; trial++) {
            long seed = 2000L + trial;
            float[] logits = randomLogits(seed);
            SamplerStep first = filters().toList().get(trial % (int) filters().count());
            assertKept(naive(second, naive(first, scored(logits))), candidatesAfter(logits, first, second),
                    "seed " + seed + " " + first + " then " + second);
        }
    }

    private static List<Scored> naive(SamplerStep step, List<Scored> tokens) {
        return switch (step) {
            case TopK(int k) -> NaiveSampling.topK(tokens, k);
            case TopP(float p) -> NaiveSampling.topP(tokens, p);
            case MinP(float p) -> NaiveSampling.minP(tokens, p);
            case TypicalP(float p) -> p == 1 ? tokens : NaiveSampling.typical(tokens, p);
            case LogitBias _,Penalties _,Temperature _,MirostatV1 _,MirostatV2 _ -> throw new IllegalArgumentException(step.toString());
        };
    }

    @Test
    void penaltiesFollowTheirFormulas() {
        for (int trial = 0; trial < TRIALS; trial++) {
            long seed = 3000L + trial;
            RandomGenerator random = generator(seed);
            float[] logits = randomLogits(seed);
            List<Integer> history = random.ints(random.nextInt(200), 0, Math.min(20, logits.length)).boxed().toList();
            Penalties penalties = new Penalties(random.nextFloat(0.5f, 2), random.nextInt(-1, 80), random.nextFloat(-1, 1),
                    random.nextFloat(-1, 1));
            SamplerState state = new SamplerState(logits.length);
            history.forEach(state.history()::add);
            Candidates candidates = loaded(logits);
            penalties.apply(candidates, state);
            penalties.apply(candidates, new SamplerState(logits.length)); // no history, no change
            assertKept(NaiveSampling.penalties(scored(logits), history, penalties), candidates, "seed " + seed + " " + penalties);
            assertEquals(0, IntStream.of(state.counts()).sum());
        }
    }

    @Test
    void penaltiesInFigures() {
        SamplerState state = new SamplerState(4);
        List.of(0, 1, 1, 3).forEach(state.history()::add);
        Candidates candidates = loaded(2, -2, 5, BANNED);
        new Penalties(1.25f, 64, 0.5f, 0.125f).apply(candidates, state);
        assertEquals(2 / 1.25f - 0.5f - 0.125f, candidates.logit(0));
        assertEquals(-2 * 1.25f - 2 * 0.5f - 0.125f, candidates.logit(1));
        assertEquals(5, candidates.logit(2));
        assertEquals(BANNED, candidates.logit(3));
    }

    @Test
    void penaltiesBehindTopKTouchOnlyWhatIsLeft() {
        SamplerState state = new SamplerState(4);
        List.of(0, 2).forEach(state.history()::add);
        Candidates candidates = candidatesAfter(new float[]{1, 3, 4, 2}, new TopK(2));
        new Penalties(2, 64, 0, 0).apply(candidates, state);
        assertKept(List.of(new Scored(2, 2), new Scored(1, 3)), candidates, "");
        candidates.keepTop(1);
        assertEquals(1, candidates.id(0)); // the penalty changed the order
    }

    @Test
    void biasIsAddedAndBans() {
        Candidates candidates = candidatesAfter(new float[]{1, 2, 3}, new LogitBias(Map.of(0, 1.5f, 2, BANNED, 77, 1f)));
        assertKept(List.of(new Scored(0, 2.5f), new Scored(1, 2)), candidates, "");
        String message = assertThrows(IllegalArgumentException.class,
                () -> candidatesAfter(new float[]{1, 2}, new LogitBias(Map.of(0, BANNED, 1, BANNED)), new TopK(4))).getMessage();
        assertEquals("no token can be drawn: constraint, bias and penalties ban them all", message);
        assertThrows(IllegalArgumentException.class, () -> candidatesAfter(new float[]{3e38f}, new LogitBias(Map.of(0, 3e38f))));
    }

    @Test
    void topPKeepsTheTokenThatCrosses() {
        float[] halves = {0, (float) Math.log(2), 0}; // probabilities 1/4, 1/2, 1/4
        assertEquals(1, candidatesAfter(halves, new TopP(0.25f)).count());
        assertEquals(2, candidatesAfter(halves, new TopP(0.51f)).count());
        Candidates two = candidatesAfter(halves, new TopP(0.74f));
        assertEquals(List.of(1, 0), ids(two)); // on ties the lower id
        assertEquals(3, candidatesAfter(halves, new TopP(0.76f)).count());
        float[] equal = new float[4];
        assertEquals(List.of(0, 1), ids(candidatesAfter(equal, new TopP(0.5f)))); // reaching p exactly is enough
    }

    @Test
    void minPIsRelativeToTheMostProbable() {
        float[] logits = {10, 9.5f, 9, 0};
        assertEquals(List.of(0, 1, 2), ids(candidatesAfter(logits, new MinP((float) Math.exp(-1) * 0.999f))));
        assertEquals(List.of(0, 1), ids(candidatesAfter(logits, new MinP((float) Math.exp(-1) * 1.001f))));
        assertEquals(List.of(1, 3), ids(candidatesAfter(new float[]{1, 2, 1.999f, 2}, new MinP(1))));
    }

    @Test
    void mirostat1KeepsTheKOfItsFormula() {
        int cut = 0;
        for (int trial = 0; trial < TRIALS; trial++) {
            long seed = 4000L + trial;
            RandomGenerator random = generator(seed);
            float[] logits = new float[random.nextInt(2, 3000)];
            double exponent = random.nextDouble(0.3, 3);
            for (int i = 0; i < logits.length; i++) {
                logits[i] = (float) (-exponent * Math.log(i + 1) + random.nextDouble(0.01));
            }
            float tau = random.nextFloat(0.5f, 5);
            double k = NaiveSampling.mirostatK(scored(logits), logits.length, 2 * tau);
            int count = candidatesAfter(logits, new MirostatV1(tau, 0.1f)).count();
            int expected = k < logits.length ? Math.max(1, (int) k) : logits.length;
            assertEquals(expected, count, Math.abs(k - Math.rint(k)) < 1e-6 * k ? 1 : 0, "seed " + seed + ", k " + k);
            cut += count > 1 && count < logits.length ? 1 : 0;
        }
        assertTrue(cut > TRIALS / 2, cut + " were cut");
    }

    @Test
    void mirostatMovesItsLimitByTheErrorOfTheSurprise() {
        for (SamplerStep step : List.of(new MirostatV1(3, 0.5f), new MirostatV2(3, 0.5f))) {
            SamplerState state = new SamplerState(4);
            step.drawn(1 / 16.0, state); // 4 bits: from 6 down by half a bit
            assertEquals(5.5, state.surpriseLimit(99), 1e-12);
            step.drawn(1, state); // 0 bits: up by one and a half
            assertEquals(7, state.surpriseLimit(99), 1e-12);
        }
    }

    @Test
    void stepsRefuseWhatHasNoMeaning() {
        List<Runnable> wrong = List.of(() -> new MirostatV1(0, 1), () -> new MirostatV1(1, -1),
                () -> new MirostatV1(1, Float.POSITIVE_INFINITY),
                () -> new MirostatV2(0, 1), () -> new MirostatV2(1, -1), () -> new MirostatV2(Float.POSITIVE_INFINITY, 1),
                () -> new TypicalP(0), () -> new TypicalP(1.01f), () -> new TopP(-0.1f), () -> new TopP(1.01f), () -> new MinP(-0.1f),
                () -> new MinP(1.01f), () -> new TopK(-1), () -> new Temperature(-1), () -> new Penalties(0, 64, 0, 0),
                () -> new Penalties(1, -2, 0, 0), () -> new Penalties(1, 64, Float.NaN, 0), () -> new Penalties(1, 64, 0, Float.NaN),
                () -> new TokenSampler(SamplingOptions.GREEDY, 0),
                () -> new TokenSampler(SamplingOptions.GREEDY, 1).choose(new float[1], -1));
        for (int i = 0; i < wrong.size(); i++) {
            assertThrows(IllegalArgumentException.class, wrong.get(i)::run, "case " + i);
        }
    }

    @Test
    void tiesGoToTheLowerIdAndZeroHasNoSign() {
        assertEquals(List.of(1, 3), ids(candidatesAfter(new float[]{-1, -0f, -1, 0f, -1}, new TopK(2))));
        assertEquals(List.of(0), ids(candidatesAfter(new float[]{-0f, 0f}, new Temperature(0))));
    }

    @Test
    void temperatureDividesDifferences() {
        Candidates candidates = candidatesAfter(new float[]{3, 1, BANNED}, new Temperature(0.5f));
        assertEquals(4, candidates.logit(0) - candidates.logit(1));
        Candidates cold = candidatesAfter(new float[]{3e38f, 1, -3e38f}, new Temperature(Float.MIN_VALUE));
        cold.weigh();
        assertEquals(List.of(1.0, 0.0, 0.0), List.of(cold.weight(0), cold.weight(1), cold.weight(2)));
    }

    @Test
    void exponentialIsExactToTheLastDigits() {
        RandomGenerator random = generator(4);
        for (int i = 0; i < 1_000_000; i++) {
            double x = -Math.scalb(random.nextDouble(), random.nextInt(-20, 10));
            double expected = x < -708 ? 0 : StrictMath.exp(x);
            assertEquals(expected, Exponential.of(x), 1e-15 * expected, () -> "e^" + x);
        }
        assertEquals(1, Exponential.of(0));
        assertEquals(0, Exponential.of(Double.NEGATIVE_INFINITY));
    }

    @Test
    void keysOrderAsLogitsAndIds() {
        float[] rising = {-Float.MAX_VALUE, -1, -Float.MIN_VALUE, 0, Float.MIN_VALUE, 1, Float.MAX_VALUE};
        for (int i = 0; i < rising.length; i++) {
            assertEquals(rising[i], RankKeys.logit(RankKeys.key(150_000, rising[i])));
            assertEquals(150_000, RankKeys.id(RankKeys.key(150_000, rising[i])));
            assertTrue(RankKeys.key(7, rising[i]) < RankKeys.key(8, rising[i]));
            assertTrue(i == 0 || RankKeys.key(9, rising[i]) < RankKeys.key(0, rising[i - 1]));
        }
    }

    static RandomGenerator generator(long seed) {
        return RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    }

    /** Logits of one to some thousand tokens, flat or sharp; sometimes with many ties or banned tokens. */
    static float[] randomLogits(long seed) {
        RandomGenerator random = generator(seed);
        float[] logits = new float[random.nextInt(8) == 0 ? random.nextInt(1, 4) : random.nextInt(1, 3000)];
        double spread = Math.scalb(1.0, random.nextInt(-3, 5));
        boolean ties = random.nextInt(3) == 0;
        boolean banned = random.nextInt(3) == 0;
        for (int i = 0; i < logits.length; i++) {
            double logit = random.nextGaussian() * spread;
            logits[i] = (float) (ties ? Math.rint(logit) : logit);
            if (banned && i > 0 && random.nextInt(3) == 0) {
                logits[i] = BANNED;
            }
        }
        return logits;
    }

    private static Candidates loaded(float... logits) {
        Candidates candidates = new Candidates(logits.length);
        candidates.load(logits);
        return candidates;
    }

    private static Candidates candidatesAfter(float[] logits, SamplerStep... steps) {
        Candidates candidates = loaded(logits);
        for (SamplerStep step : steps) {
            step.apply(candidates, new SamplerState(logits.length));
        }
        return candidates;
    }

    private static List<Scored> scored(float[] logits) {
        return IntStream.range(0, logits.length).mapToObj(i -> new Scored(i, logits[i])).toList();
    }

    private static List<Integer> ids(Candidates candidates) {
        return IntStream.range(0, candidates.count()).mapToObj(candidates::id).toList();
    }

    private static void assertKept(List<Scored> expected, Candidates candidates, String what) {
        List<Scored> found = new ArrayList<>();
        for (int i = 0; i < candidates.count(); i++) {
            found.add(new Scored(candidates.id(i), candidates.logit(i)));
        }
        assertEquals(byId(expected), byId(found), what);
    }

    private static List<Scored> byId(List<Scored> tokens) {
        return tokens.stream().filter(t -> t.logit() > BANNED).map(t -> new Scored(t.id(), t.logit() + 0f))
                .sorted(Comparator.comparingInt(Scored::id)).toList();
    }
}

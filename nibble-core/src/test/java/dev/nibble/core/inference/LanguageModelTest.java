package dev.nibble.core.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nibble.Answer;
import dev.nibble.FinishReason;
import dev.nibble.Generation;
import dev.nibble.GenerationOptions;
import dev.nibble.LanguageModel;
import dev.nibble.LoadOptions;
import dev.nibble.MemoryPlan;
import dev.nibble.Pooling;
import dev.nibble.SessionOptions;
import dev.nibble.core.SharedMaterial;
import dev.nibble.core.backend.Backends;
import dev.nibble.core.codec.Plain;
import dev.nibble.error.UnsupportedException;
import dev.nibble.text.grammar.Gbnf;
import dev.nibble.text.sampling.SamplingOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Answers of a small trained model. */
@Tag("shared")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LanguageModelTest {
    private static final GenerationOptions GREEDY = GenerationOptions.DEFAULTS.with(SamplingOptions.GREEDY).withMaxTokens(40);
    private static final String STORY = "Once upon a time";

    private LanguageModel model;

    @BeforeAll
    void load() throws IOException {
        model = load(SessionOptions.DEFAULTS.withSequences(3).with(Plain.F32));
    }

    @AfterAll
    void close() {
        if (model != null) { // null if the reference material is missing
            model.close();
        }
    }

    private static LanguageModel load(SessionOptions sessions) throws IOException {
        LoadOptions options = new LoadOptions(Backends.forced("reference"), 2);
        return LanguageModel.load(SharedMaterial.path("models/stories260K"), options, sessions);
    }

    @Test
    void continuesAStory() {
        StringBuilder shown = new StringBuilder();
        Generation answer = model.stream(STORY, GREEDY, shown::append);
        assertTrue(answer.text().startsWith(", there was a little girl named Lily."), answer.text());
        assertEquals(answer.text(), shown.toString());
        assertEquals(FinishReason.MAX_TOKENS, answer.finish());
        assertEquals(40, answer.tokens().size());
        assertEquals(40, answer.timings().generatedTokens());
    }

    @Test
    void manyAnswersAtATimeAreTheAnswersAlone() {
        List<String> prompts = List.of(STORY, "Lily", "The cat and the dog went to the park. The cat", "One day, a", "Tom");
        List<String> alone = prompts.stream().map(prompt -> model.generate(prompt, GREEDY).text()).toList();
        List<Answer> started = prompts.stream().map(prompt -> model.start(prompt, GREEDY)).toList();
        List<String> together = new ArrayList<>();
        started.forEach(answer -> together.add(answer.await().text()));
        assertEquals(alone, together);
    }

    @Test
    void whatWasComputedForAPromptBeforeIsUsedAgain() {
        String first = model.generate(STORY + ", there was a", GREEDY).text();
        Generation second = model.generate(STORY + ", there was a", GREEDY);
        assertEquals(first, second.text());
        assertEquals(second.timings().promptTokens() - 1, second.timings().cachedTokens());
    }

    @Test
    void theSameSeedGivesTheSameTextAndAnotherSeedAnother() {
        GenerationOptions seeded = GREEDY.with(SamplingOptions.DEFAULTS.withSeed(7));
        assertEquals(model.generate(STORY, seeded).text(), model.generate(STORY, seeded).text());
        assertTrue(!model.generate(STORY, seeded).text()
                .equals(model.generate(STORY, GREEDY.with(SamplingOptions.DEFAULTS.withSeed(8))).text()));
    }

    @Test
    void aFreshSeedIsDrawnAndToldSoThatItCanBeGivenAgain() {
        GenerationOptions sampled = GREEDY.with(SamplingOptions.DEFAULTS);
        Generation first = model.generate(STORY, sampled);
        Generation second = model.generate(STORY, sampled);
        assertTrue(first.seed() != second.seed() && first.seed() >= 0 && second.seed() >= 0);
        assertEquals(first.text(), model.generate(STORY, GREEDY.with(SamplingOptions.builder().seed(first.seed()).build())).text());
        assertEquals(7, model.generate(STORY, GREEDY.with(SamplingOptions.DEFAULTS.withSeed(7))).seed());
    }

    @Test
    void severalAnswersAtATimeAsMemoryAllows() throws IOException {
        try (LanguageModel plain = load(SessionOptions.DEFAULTS)) {
            assertEquals(4, plain.plan().sequences());
            assertEquals(model.model().context(), plain.plan().context());
        }
        long one = MemoryPlanner.of(model.model(), 0, 1, Plain.F16, Long.MAX_VALUE).cache();
        int context = model.model().context();
        for (int half = 1; half <= 6; half++) { // sequences that fit half of the memory
            MemoryPlan plan = MemoryPlanner.of(model.model(), 0, 0, Plain.F16, 2 * half * one);
            assertEquals(Math.min(half, 4), plan.sequences());
            assertEquals(context, plan.context());
            assertEquals(plan.sequences() * one, plan.cache());
        }
        MemoryPlan small = MemoryPlanner.of(model.model(), 0, 0, Plain.F16, one / 2);
        assertEquals(1, small.sequences());
        assertTrue(small.context() < context && small.context() > 0, "shrinks rather than sharing");
        assertThrows(UnsupportedException.class, () -> MemoryPlanner.of(model.model(), context, 0, Plain.F16, one / 2));
    }

    @Test
    void stopsBeforeAStopString() {
        Generation answer = model.generate(STORY, GREEDY.withStops("Lily"));
        assertEquals(", there was a little girl named ", answer.text());
        assertEquals(FinishReason.STOP_STRING, answer.finish());
    }

    @Test
    void followsAGrammar() {
        Generation answer = model.generate("Lily had", GREEDY.with(Gbnf.parse("root ::= \" \" [0-9] \" \" (\"cats\" | \"dogs\") \".\"")));
        assertTrue(answer.text().matches(" [0-9] (cats|dogs)\\."), answer.text());
        assertEquals(FinishReason.END_OF_TEXT, answer.finish());
    }

    @Test
    void canBeClosedTwice() throws IOException {
        LanguageModel twice = load(SessionOptions.DEFAULTS);
        twice.close();
        twice.close();
        assertThrows(IllegalStateException.class, () -> twice.generate(STORY, GREEDY));
    }

    @Test
    void endsWhenTheContextIsFull() throws IOException {
        try (LanguageModel small = load(SessionOptions.DEFAULTS.withContext(16))) {
            Generation answer = small.generate(STORY, GREEDY);
            assertEquals(FinishReason.CONTEXT_FULL, answer.finish());
            assertEquals(16, answer.timings().promptTokens() + answer.timings().generatedTokens() - 1);
            String end = answer.text().substring(answer.text().length() - 2);
            Generation heldBack = small.generate(STORY, GREEDY.withStops(end + "never"));
            assertEquals(answer.text(), heldBack.text(), "what may be the start of a stop is given out at the end");
            assertEquals(heldBack.timings().generatedTokens(), heldBack.tokens().size(), "and is no token of its own");
            UnsupportedException refused = assertThrows(UnsupportedException.class, () -> small.generate(STORY.repeat(9), GREEDY));
            assertTrue(refused.getMessage().contains("the context is 16"), refused.getMessage());
        }
    }

    @Test
    void anAnswerCanBeCancelled() throws InterruptedException {
        Answer answer = model.start(STORY, GREEDY.withMaxTokens(-1).withIgnoreEnd(true));
        answer.next();
        answer.cancel();
        assertEquals(FinishReason.CANCELLED, answer.await().finish());
    }

    @Test
    void anEmptyPromptBeginsWithTheBeginToken() {
        assertEquals(40, model.generate("", GREEDY).tokens().size());
    }

    @Test
    void tellsProbableAlternatives() {
        Generation answer = model.generate(STORY, GREEDY.withAlternatives(3));
        answer.tokens().forEach(token -> {
            assertEquals(3, token.top().size());
            assertEquals(token.id(), token.top().getFirst().id()); // greedy
            assertEquals(token.logProbability(), token.top().getFirst().logProbability(), 1e-6);
        });
    }

    @Test
    void embedsTextsSoThatLikeIsNearLike() {
        float[] cat = model.embed("The cat was happy.", Pooling.MEAN);
        float[] dog = model.embed("The dog was happy.", Pooling.MEAN);
        float[] other = model.embed("\"No! Stop it!\" she said", Pooling.MEAN);
        assertEquals(1, dot(cat, cat), 1e-5);
        assertTrue(dot(cat, dog) > dot(cat, other), dot(cat, dog) + " against " + dot(cat, other));
        assertArrayEquals(cat, model.embed("The cat was happy.", Pooling.MEAN));
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }

    @Test
    void probabilitiesOfAText() {
        List<LanguageModel.TokenProbability> story = model.logProbabilities("Once upon a time, there was a little girl named Lily.");
        double likely = story.stream().mapToDouble(LanguageModel.TokenProbability::logProbability).average().orElseThrow();
        double unlikely = model.logProbabilities("girl little a Lily was time there upon named once.").stream()
                .mapToDouble(LanguageModel.TokenProbability::logProbability).average().orElseThrow();
        assertTrue(likely > -1 && unlikely < likely - 1, likely + " against " + unlikely);
    }

    @Test
    void aContextThatMemoryCannotHoldIsRefusedWithTheNumbers() {
        UnsupportedException refused = assertThrows(UnsupportedException.class,
                () -> MemoryPlanner.of(model.model(), 1 << 20, 1, Plain.F32, 100 << 20));
        assertTrue(
                refused.getMessage().matches("a context of 1048576 takes \\d+ MiB .* 100 MiB are available; a context of \\d+ would fit"),
                refused.getMessage());
    }
}

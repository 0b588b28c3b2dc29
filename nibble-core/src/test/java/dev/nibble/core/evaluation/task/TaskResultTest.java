package dev.nibble.core.evaluation.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nibble.ProgressListener;
import dev.nibble.TaskResult;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.model.HistoryModel;
import dev.nibble.error.UnsupportedException;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Questions to models of known logits. */
class TaskResultTest {
    private static final Task CHOICE = Tasks.named("arc");
    private static final Task EXACT = Tasks.named("lambada");

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void endingsAreScoredAsIfEachWereRunAlone(boolean ends) {
        HistoryModel model = HistoryModel.random(128, 256, 9);
        Question question = new Question("Once there", List.of("was a fox", "was an ox", "were", "was a fox"), 0);
        try (ChoiceScorer scorer = new ChoiceScorer(model, new CharacterTokenizer(ends), Plain.F32)) {
            for (int repeat = 0; repeat < 2; repeat++) {
                List<EndingScore> scores = scorer.scores(question);
                for (int i = 0; i < 4; i++) {
                    String continuation = " " + question.continuations().get(i);
                    assertEquals(naive(model, "Once there", continuation), scores.get(i).logProbability(), 1e-9);
                    assertEquals(continuation.length() - 1, scores.get(i).bytes());
                    assertEquals(naive(model, "Once there w", continuation.substring(2)) / (continuation.length() - 2),
                            scores.get(i).meanDifferent(),
                            1e-9);
                }
            }
        }
    }

    @Test
    void whatEndingsShareIsComputedOnce() {
        HistoryModel model = HistoryModel.random(128, 256, 9);
        Question question = new Question("x".repeat(100), List.of("ab", "cd"), 0);
        try (ChoiceScorer scorer = new ChoiceScorer(model, new CharacterTokenizer(false), Plain.F32)) {
            scorer.scores(question);
        }
        assertEquals(101 + 2 * 2, model.tokens()); // begin and context; of each ending the blank and one letter
    }

    @Test
    void beginningOfWhatIsTooLongIsCutOff() {
        HistoryModel model = HistoryModel.random(128, 16, 9);
        Question question = new Question("abcdefghijklmnopqrstuvwxyz", List.of("one", "three"), 0);
        try (ChoiceScorer scorer = new ChoiceScorer(model, new CharacterTokenizer(false), Plain.F32)) {
            List<EndingScore> scores = scorer.scores(question);
            List<Integer> seen = "pqrstuvwxyz".chars().boxed().toList(); // 11 and " three" without its last letter are 16
            assertEquals(naive(model, seen, " three"), scores.get(1).logProbability(), 1e-9);
            assertEquals(naive(model, seen, " one"), scores.get(0).logProbability(), 1e-9);
        }
        Question tooLong = new Question("a", List.of("x".repeat(30)), 0);
        try (ChoiceScorer scorer = new ChoiceScorer(model, new CharacterTokenizer(false), Plain.F32)) {
            assertTrue(assertThrows(UnsupportedException.class, () -> scorer.scores(tooLong)).getMessage().contains("16"));
        }
    }

    @Test
    void lengthCountsWhereItIsTakenOut() {
        // every token has the same probability, so the shortest ending is the likeliest; by byte and by token all are equal but for rounding
        HistoryModel even = new HistoryModel(128, 256, history -> new float[128]);
        List<Question> questions = List.of(new Question("q", List.of("long one", "no"), 1),
                new Question("q", List.of("long one", "no"), 0));
        TaskResult found = TaskRun.of(CHOICE, questions, even, new CharacterTokenizer(false), Plain.F32, ProgressListener.SILENT);
        assertEquals(0.5, found.accuracy().value());
        assertEquals(0.5, found.accuracy().error());
        // with the blank: 9 tokens for 8 bytes are better than 3 for 2
        assertEquals(0.5, found.byByte().value());
        TaskResult first = TaskRun.of(CHOICE, questions.subList(1, 2), even, new CharacterTokenizer(false), Plain.F32,
                ProgressListener.SILENT);
        assertEquals(0, first.accuracy().value());
        assertEquals(1, first.byByte().value());
    }

    @Test
    void exactMeansTheModelItselfWouldHaveSaidIt() {
        // after each letter comes the next one in the alphabet, and after 'c' a blank
        HistoryModel alphabet = new HistoryModel(128, 256, history -> {
            float[] row = new float[128];
            int last = history.getLast();
            row[last == 'c' ? ' ' : last == ' ' ? 'x' : last + 1] = 5;
            return row;
        });
        double likely = 5 - Math.log(Math.exp(5) + 127);
        List<Question> questions = List.of(new Question("abc", List.of("xyz"), 0), new Question("abc", List.of("xya"), 0));
        TaskResult found = TaskRun.of(EXACT, questions, alphabet, new CharacterTokenizer(false), Plain.F32, ProgressListener.SILENT);
        assertEquals(0.5, found.accuracy().value());
        double mean = (4 * likely + 3 * likely + likely - 5) / 2;
        assertEquals(Math.exp(-mean), found.perplexity().orElseThrow(), 1e-6 * Math.exp(-mean));
        assertEquals(Math.exp(-mean) * 2.5, found.perplexityError().orElseThrow(), 1e-5 * Math.exp(-mean)); // deviation 2.5 over √(2 − 1)
    }

    private static double naive(HistoryModel model, String context, String continuation) {
        return naive(model, IntStream.concat(IntStream.of(1), context.chars()).boxed().toList(), continuation);
    }

    private static double naive(HistoryModel model, List<Integer> context, String continuation) {
        List<Integer> history = new java.util.ArrayList<>(context);
        double sum = 0;
        for (int token : continuation.chars().toArray()) {
            float[] logits = model.logits(List.copyOf(history));
            double all = 0;
            for (float logit : logits) {
                all += Math.exp(logit);
            }
            sum += logits[token] - Math.log(all);
            history.add(token);
        }
        return sum;
    }
}

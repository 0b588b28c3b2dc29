package dev.nibble.core.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nibble.Perplexity;
import dev.nibble.Progress;
import dev.nibble.ProgressListener;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.model.HistoryModel;
import dev.nibble.error.UnsupportedException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PerplexityTest {
    @Test
    void noPreferenceGivesTheSizeOfTheVocabulary() {
        Perplexity found = PerplexityRun.measure(new HistoryModel(50, 64, history -> new float[50]), random(50, 200, 7), Plain.F32,
                ProgressListener.SILENT);
        assertEquals(50, found.perplexity(), 1e-10);
        assertEquals(0, found.standardError(), 1e-6);
    }

    @Test
    void byHand() {
        // probabilities 3/4 and 1/4, whatever came before: tokens 0, 0, 1 after the first cost −log 3/4 twice and −log 1/4
        HistoryModel model = new HistoryModel(2, 64, history -> new float[]{(float) Math.log(3), 0});
        Windows windows = new Windows(4, 1, List.of(new int[]{1, 0, 0, 1}));
        Perplexity found = PerplexityRun.measure(model, windows, Plain.F32, ProgressListener.SILENT);
        double a = -Math.log(0.75);
        double b = -Math.log(0.25);
        double mean = (2 * a + b) / 3;
        double variance = (2 * a * a + b * b) / 3 - mean * mean;
        assertEquals(3, found.tokens());
        assertEquals(mean, found.nll(), 1e-7);
        assertEquals(Math.exp(mean), found.perplexity(), 1e-7);
        assertEquals(Math.exp(mean) * Math.sqrt(variance / 2), found.standardError(), 1e-7);
    }

    @ParameterizedTest
    @ValueSource(ints = {7, 512, 513, 1100})
    void everyTokenIsPredictedFromItsOwnWindow(int context) {
        int[] text = ids(11, 2 * context + 5, context);
        for (Protocol protocol : List.of(Protocol.PAPER_2048, Protocol.LLAMA_CPP)) {
            HistoryModel model = HistoryModel.random(11, 4096, 5);
            Windows windows = protocol.windows(text, context, OptionalInt.of(10), 99);
            List<Progress> told = new ArrayList<>();
            Perplexity found = PerplexityRun.measure(model, windows, Plain.F32, told::add);
            long before = 0;
            for (Progress progress : told) {
                assertTrue(progress.done() > before && progress.done() <= before + 512);
                before = progress.done();
            }
            assertEquals(100, told.getLast().percent());
            assertEquals(String.format(Locale.ROOT, "window %d, perplexity %.4f", windows.count(), found.perplexity()),
                    told.getLast().detail());
            double sum = 0;
            for (int[] window : windows.tokens()) {
                for (int i = windows.firstScored(); i < context; i++) {
                    sum += naive(model.logits(Arrays.stream(window).limit(i).boxed().toList()), window[i]);
                }
            }
            assertEquals(sum / windows.scored(), found.nll(), 1e-12);
            assertEquals(windows.count(), found.running().size());
            assertEquals(found.perplexity(), found.running().getLast());
            assertEquals(2 * (context - 1), model.tokens());
        }
    }

    @Test
    void largeVocabularyGoesInSlices() {
        int vocabulary = 1_500_000; // two rows of logits at a time
        HistoryModel model = new HistoryModel(vocabulary, 64, history -> {
            float[] row = new float[vocabulary];
            row[history.getLast() + 1] = 20;
            return row;
        });
        Perplexity found = PerplexityRun.measure(model, new Windows(8, 1, List.of(new int[]{0, 1, 2, 3, 4, 5, 6, 7})), Plain.F32,
                ProgressListener.SILENT);
        assertEquals(Math.log1p((vocabulary - 1) * Math.exp(-20)), found.nll(), 1e-9);
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
    void brokenLogitsAreRefused(float broken) {
        HistoryModel model = new HistoryModel(3, 64, history -> new float[]{1, 2, broken});
        String message = assertThrows(UnsupportedException.class, () -> PerplexityRun.measure(model, random(2, 8, 1), Plain.F32,
                ProgressListener.SILENT)).getMessage();
        assertTrue(message.contains("token 2"), message);
    }

    @Test
    void tokensTheModelDoesNotKnowAreRefused() {
        HistoryModel model = HistoryModel.random(5, 64, 1);
        Windows windows = new Windows(2, 1, List.of(new int[]{0, 5}));
        assertThrows(UnsupportedException.class, () -> PerplexityRun.measure(model, windows, Plain.F32, ProgressListener.SILENT));
    }

    private static double naive(float[] logits, int token) {
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit);
        }
        return Math.log(sum) - logits[token];
    }

    private static Windows random(int vocabulary, int tokens, long seed) {
        return new Windows(tokens, 1, List.of(ids(vocabulary, tokens, seed)));
    }

    private static int[] ids(int vocabulary, int tokens, long seed) {
        return new Random(seed).ints(tokens, 0, vocabulary).toArray();
    }
}

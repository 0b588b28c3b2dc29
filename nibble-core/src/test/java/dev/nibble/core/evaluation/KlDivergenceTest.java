package dev.nibble.core.evaluation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nibble.Divergence;
import dev.nibble.EvaluatedModel;
import dev.nibble.ProgressListener;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.model.HistoryModel;
import dev.nibble.core.model.Model;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KlDivergenceTest {
    private static final EvaluatedModel FACTS = new EvaluatedModel("base \"quoted\"", 4000, 1000, "", "p3");

    @TempDir
    Path folder;

    @Test
    void byHand() throws IOException {
        // p = 1/2, 1/4, 1/4 and q = 1/4, 1/4, 1/2: KL = 1/2 log 2 − 1/4 log 2
        Model base = constant(0.5, 0.25, 0.25);
        Model other = constant(0.25, 0.25, 0.5);
        Windows windows = new Windows(3, 1, List.of(new int[]{0, 0, 2}));
        List<TokenDivergence> tokens = new ArrayList<>();
        Divergence found = compare(base, other, windows, tokens);
        assertEquals(0.25 * Math.log(2), found.meanKl(), 1e-6);
        assertEquals(found.meanKl(), found.maxKl(), 1e-12);
        assertEquals(found.meanKl(), found.medianKl(), 1e-12);
        assertEquals(0, found.meanKlError(), 1e-8);
        assertEquals(0, found.topAgreement());
        assertEquals(-0.25, tokens.get(0).deltaP(), 1e-6);
        assertEquals(0.25, tokens.get(1).deltaP(), 1e-6);
        assertEquals(0, found.meanDeltaP(), 1e-6);
        assertEquals(0.25, found.rmsDeltaP(), 1e-6);
        assertEquals(1, found.ratio(), 1e-6); // one token halves, the other doubles
        assertEquals(Math.log(2), found.ratioError(), 1e-6); // differences ±log 2: deviation log 2 over √(2 − 1)
        assertEquals(-0.5, found.meanCosine(), 1e-4); // (2, −1, −1) and (−1, −1, 2)
        assertEquals(Math.exp((Math.log(2) + Math.log(4)) / 2), found.base().perplexity(), 1e-6);
    }

    @Test
    void modelAgainstItselfIsAsGoodAsZero() throws IOException {
        Model model = HistoryModel.random(300, 64, 3);
        Divergence found = compare(model, model, windows(300, 40), new ArrayList<>());
        assertTrue(found.meanKl() < 1e-8, "mean " + found.meanKl());
        assertTrue(found.maxKl() < 1e-7, "largest " + found.maxKl());
        assertEquals(1, found.topAgreement());
        assertEquals(1, found.ratio());
        assertEquals(0, found.rmsDeltaP());
    }

    @Test
    void storingTheBaseCostsNextToNothing() throws IOException {
        HistoryModel base = HistoryModel.random(300, 64, 3);
        HistoryModel other = HistoryModel.random(300, 64, 4);
        Windows windows = windows(300, 40);
        List<TokenDivergence> tokens = new ArrayList<>();
        compare(base, other, windows, tokens);
        for (TokenDivergence token : tokens) {
            List<Integer> history = java.util.Arrays.stream(windows.tokens().get(token.window())).limit(token.position()).boxed().toList();
            double[] p = logProbabilities(base.logits(history));
            double[] q = logProbabilities(other.logits(history));
            double kl = 0;
            for (int i = 0; i < p.length; i++) {
                kl += Math.exp(p[i]) * (p[i] - q[i]);
            }
            assertEquals(kl, token.kl(), 1e-4 * Math.max(1, kl));
            assertEquals(-p[token.token()], token.baseNll(), 1e-12);
            assertEquals(-q[token.token()], token.nll(), 1e-12);
        }
        assertEquals(windows.scored(), tokens.size());
    }

    @Test
    void savedBaseGivesTheSameAsTheTemporaryOne() throws IOException {
        Model base = HistoryModel.random(30, 64, 3);
        Model other = HistoryModel.random(30, 64, 4);
        Windows windows = windows(30, 40);
        Path file = folder.resolve("base.bin");
        try (BaseFile saved = new BaseRecording(base, FACTS, windows, Plain.F32).to(file, false, ProgressListener.SILENT);
                BaseFile again = BaseFile.open(file)) {
            assertEquals(FACTS, again.facts());
            assertEquals(windows.context(), again.windows().context());
            assertArrayEquals(windows.tokens().get(2), again.windows().tokens().get(2));
            assertEquals(compare(base, other, windows, new ArrayList<>()),
                    KlDivergence.of(again, other, Plain.F32, token -> {}, ProgressListener.SILENT));
            assertEquals(PerplexityRun.measure(base, windows, Plain.F32, ProgressListener.SILENT), saved.perplexity());
            assertEquals(java.nio.file.Files.size(file), new BaseRecording(base, FACTS, windows, Plain.F32).bytes());
        }
    }

    @Test
    void otherVocabularyIsRefused() {
        String message = assertThrows(UnsupportedException.class,
                () -> compare(HistoryModel.random(30, 64, 3), HistoryModel.random(31, 64, 3), windows(30, 8), new ArrayList<>()))
                .getMessage();
        assertTrue(message.contains("30") && message.contains("31"), message);
    }

    @Test
    void layersDifferByTheirRelativeError() {
        Model base = scaled(1);
        LayerOutputs outputs = LayerOutputs.of(base, new int[]{3, 4, 5});
        assertEquals(3, outputs.tokens());
        assertEquals(List.of(0.0), outputs.errorsOf(base));
        assertEquals(0.25, outputs.errorsOf(scaled(1.25f)).getFirst(), 1e-7);
    }

    /** A model of one layer, whose output is the token's id times a factor. */
    private static Model scaled(float factor) {
        HistoryModel plain = HistoryModel.random(8, 64, 1);
        return new Model() {
            @Override
            public int hidden() {
                return 1;
            }

            @Override
            public int vocabulary() {
                return 8;
            }

            @Override
            public int context() {
                return 64;
            }

            @Override
            public dev.nibble.core.model.KvShape kvShape() {
                return plain.kvShape();
            }

            @Override
            public void forward(dev.nibble.core.model.Batch batch, dev.nibble.core.kernel.Matrix hidden,
                    dev.nibble.core.model.Trace trace) {
                int[] tokens = batch.runs().getFirst().tokens();
                for (int i = 0; i < tokens.length; i++) {
                    hidden.data()[i] = factor * tokens[i];
                }
                trace.onActivation(0, "ffn_out", hidden);
                trace.onActivation(0, "l_out", hidden);
            }

            @Override
            public void logits(dev.nibble.core.kernel.Matrix hidden, dev.nibble.core.kernel.Matrix logits) {
                throw new AssertionError("not asked for");
            }
        };
    }

    private static Divergence compare(Model base, Model other, Windows windows, List<TokenDivergence> tokens) throws IOException {
        try (BaseFile file = new BaseRecording(base, FACTS, windows, Plain.F32).temporary(ProgressListener.SILENT)) {
            assertTrue(java.nio.file.Files.notExists(file.path()), "the temporary file has no name any more");
            return KlDivergence.of(file, other, Plain.F32, tokens::add, ProgressListener.SILENT);
        }
    }

    private static Model constant(double... probabilities) {
        float[] logits = new float[probabilities.length];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) Math.log(probabilities[i]);
        }
        return new HistoryModel(logits.length, 64, history -> logits.clone());
    }

    private static Windows windows(int vocabulary, int context) {
        return Protocol.LLAMA_CPP.windows(new Random(6).ints(3L * context, 0, vocabulary).toArray(), context, OptionalInt.of(1), 9);
    }

    private static double[] logProbabilities(float[] logits) {
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit);
        }
        double[] logs = new double[logits.length];
        for (int i = 0; i < logs.length; i++) {
            logs[i] = logits[i] - Math.log(sum);
        }
        return logs;
    }
}

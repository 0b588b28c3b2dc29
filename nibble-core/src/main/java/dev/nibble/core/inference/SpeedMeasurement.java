package dev.nibble.core.inference;

import dev.nibble.core.codec.Plain;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.model.Batch;
import dev.nibble.core.model.KvCache;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * Speed of a loaded model: medians over several rounds, after a warm-up round.
 *
 * @param promptTokensPerSecond prompt processing, in batches
 * @param generateTokensPerSecond generation, one token at a time
 */
public record SpeedMeasurement(double promptTokensPerSecond, double generateTokensPerSecond) {
    private static final double NANOS = 1e9;
    private static final int BATCH = 512;

    /**
     * @param prompt prompt tokens; 0 to skip
     * @param generate generated tokens; 0 to skip
     * @param progress called after every round
     */
    public static SpeedMeasurement of(LoadedModel model, int prompt, int generate, int rounds, Consumer<String> progress) {
        int max = model.maxPositions();
        if (prompt < 0 || generate < 0 || rounds < 1 || prompt + generate == 0 || (long) prompt + generate > max) {
            throw new IllegalArgumentException(rounds + " rounds of " + prompt + " + " + generate + " tokens; the model has "
                    + max + " positions");
        }
        double[] prompts = new double[rounds];
        double[] generations = new double[rounds];
        for (int round = -1; round < rounds; round++) {
            try (KvCache cache = new KvCache(model.kvShape(), Plain.F16, prompt + generate)) {
                SplittableRandom random = new SplittableRandom(round);
                double first = prompt(model, cache, prompt, random);
                double second = generate(model, cache, generate, random);
                if (round >= 0) {
                    prompts[round] = first;
                    generations[round] = second;
                }
                progress.accept("round " + (round + 1) + " of " + rounds);
            }
        }
        return new SpeedMeasurement(median(prompts), median(generations));
    }

    private static double prompt(LoadedModel model, KvCache cache, int tokens, SplittableRandom random) {
        if (tokens == 0) {
            return 0;
        }
        int[] ids = random.ints(tokens, 0, model.vocabulary()).toArray();
        long start = System.nanoTime();
        Matrix last = Matrix.of(1, model.hidden());
        for (int from = 0; from < tokens; from += BATCH) {
            int[] batch = Arrays.copyOfRange(ids, from, Math.min(from + BATCH, tokens));
            Matrix hidden = Matrix.of(batch.length, model.hidden());
            model.forward(Batch.of(cache, batch), hidden);
            last = hidden.slice(batch.length - 1, 1);
        }
        model.logits(last, Matrix.of(1, model.vocabulary()));
        return tokens * NANOS / (System.nanoTime() - start);
    }

    private static double generate(LoadedModel model, KvCache cache, int tokens, SplittableRandom random) {
        if (tokens == 0) {
            return 0;
        }
        Matrix hidden = Matrix.of(1, model.hidden());
        Matrix logits = Matrix.of(1, model.vocabulary());
        long start = System.nanoTime();
        for (int i = 0; i < tokens; i++) {
            model.forward(Batch.of(cache, random.nextInt(model.vocabulary())), hidden);
            model.logits(hidden, logits);
        }
        return tokens * NANOS / (System.nanoTime() - start);
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}

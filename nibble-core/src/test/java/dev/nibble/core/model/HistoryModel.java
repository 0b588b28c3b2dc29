package dev.nibble.core.model;

import dev.nibble.core.kernel.Matrix;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.WeakHashMap;
import java.util.function.Function;

/** A model of known logits, a function of all tokens so far. */
public final class HistoryModel implements Model {
    private final int vocabulary;
    private final int context;
    private final Function<List<Integer>, float[]> logits;
    private final Map<KvCache, List<Integer>> sequences = new WeakHashMap<>();
    private final List<float[]> computed = new ArrayList<>();
    private long tokens;

    public HistoryModel(int vocabulary, int context, Function<List<Integer>, float[]> logits) {
        this.vocabulary = vocabulary;
        this.context = context;
        this.logits = logits;
    }

    /** Pseudo-random logits that depend on all tokens before. */
    public static HistoryModel random(int vocabulary, int context, long seed) {
        return new HistoryModel(vocabulary, context, history -> {
            Random random = new Random(seed + history.hashCode());
            float[] row = new float[vocabulary];
            for (int i = 0; i < vocabulary; i++) {
                row[i] = (float) (3 * random.nextGaussian());
            }
            return row;
        });
    }

    /** Logits after these tokens. */
    public float[] logits(List<Integer> history) {
        return logits.apply(history);
    }

    /** Number of tokens computed so far. */
    public long tokens() {
        return tokens;
    }

    @Override
    public int hidden() {
        return 1;
    }

    @Override
    public int vocabulary() {
        return vocabulary;
    }

    @Override
    public int context() {
        return context;
    }

    @Override
    public KvShape kvShape() {
        return new KvShape(1, 1, 32);
    }

    @Override
    public void forward(Batch batch, Matrix hidden, Trace trace) {
        int row = 0;
        for (Batch.Run run : batch.runs()) {
            List<Integer> history = sequences.computeIfAbsent(run.cache(), cache -> new ArrayList<>());
            history.subList(run.cache().length(), history.size()).clear();
            run.cache().reserve(run.tokens().length);
            for (int token : run.tokens()) {
                history.add(token);
                hidden.data()[hidden.at(row++)] = computed.size();
                computed.add(logits.apply(List.copyOf(history)));
                tokens++;
            }
            run.cache().advance(run.tokens().length);
        }
        trace.onActivation(0, "l_out", hidden);
    }

    @Override
    public void logits(Matrix hidden, Matrix target) {
        for (int row = 0; row < hidden.rows(); row++) {
            float[] numbers = computed.get((int) hidden.data()[hidden.at(row)]);
            System.arraycopy(numbers, 0, target.data(), target.at(row), vocabulary);
        }
    }
}

package dev.nibble.core.inference;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Stage;
import dev.nibble.core.model.Batch;
import dev.nibble.core.model.KvCache;
import dev.nibble.core.model.Model;
import dev.nibble.core.tensor.Codec;
import dev.nibble.error.UnsupportedException;
import java.util.Arrays;
import java.util.List;

/**
 * Computes a model's logits at every scored position of some windows, in order. Memory: the state of {@value #BATCH} tokens, 16 MiB of
 * logits, and the KV cache of one window.
 */
public final class LogitsRun {
    private static final int BATCH = 512; // tokens
    private static final int LOGITS = 1 << 22; // per batch

    /** Receives logits. */
    @FunctionalInterface
    public interface Visitor {
        /**
         * Receives the prediction for the token at {@code position} of a window.
         *
         * @param logits matrix whose row {@code row} holds the logits; valid during the call only
         */
        void visit(int window, int position, Matrix logits, int row);
    }

    private final Model model;
    private final List<int[]> windows;
    private final int firstScored;
    private final Codec kvCodec;
    private final Matrix hidden;
    private final Matrix logits;

    /**
     * @param firstScored position of the first scored token of every window; at least 1, because nothing predicts token 0
     * @param kvCodec codec of the KV cache; F32 is exact
     */
    public LogitsRun(Model model, List<int[]> windows, int firstScored, Codec kvCodec) {
        this.model = model;
        this.windows = List.copyOf(windows);
        this.firstScored = firstScored;
        this.kvCodec = kvCodec;
        checkTokens();
        int batch = Math.clamp(longest(), 1, BATCH);
        hidden = Matrix.of(batch, model.hidden());
        logits = Matrix.of(Math.clamp(LOGITS / model.vocabulary(), 1, batch), model.vocabulary());
    }

    private int longest() {
        return windows.stream().mapToInt(window -> window.length).max().orElse(0);
    }

    private void checkTokens() {
        int largest = windows.stream().flatMapToInt(Arrays::stream).max().orElse(0);
        if (largest >= model.vocabulary()) {
            throw new UnsupportedException("the text has token " + largest + ", but the model's vocabulary has " + model.vocabulary());
        }
    }

    public void run(Visitor visitor, Stage stage) {
        try (KvCache cache = new KvCache(model.kvShape(), kvCodec, longest())) {
            for (int i = 0; i < windows.size(); i++) {
                cache.truncate(0);
                window(i, cache, visitor, stage);
            }
        }
    }

    private void window(int index, KvCache cache, Visitor visitor, Stage stage) {
        int[] tokens = windows.get(index);
        int end = tokens.length - 1; // the last token's prediction lies outside the window
        for (int from = 0; from < end; from += hidden.rows()) {
            int count = Math.min(hidden.rows(), end - from);
            Matrix state = hidden.slice(0, count);
            model.forward(Batch.of(cache, Arrays.copyOfRange(tokens, from, from + count)), state);
            int first = Math.max(from, firstScored - 1);
            show(index, first, from + count, state, from, visitor);
            stage.advance(count);
        }
    }

    /** Visits the predictions of positions {@code first} to {@code end}; row 0 of the state is position {@code from}. */
    private void show(int index, int first, int end, Matrix state, int from, Visitor visitor) {
        for (int at = first; at < end; at += logits.rows()) {
            int count = Math.min(logits.rows(), end - at);
            model.logits(state.slice(at - from, count), logits.slice(0, count));
            for (int row = 0; row < count; row++) {
                visitor.visit(index, at + row + 1, logits, row);
            }
        }
    }
}

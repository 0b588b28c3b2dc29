package dev.nibble.core.model;

import dev.nibble.core.kernel.Matrix;

/** A decoder: tokens in, logits of the next token out. One caller at a time; the caches belong to the caller. */
public interface Model {
    /** Width of the hidden state. */
    int hidden();

    /** Number of logits; token ids are 0 to this − 1. */
    int vocabulary();

    /** Context length it was trained for; without a table of positions, more can be computed. */
    int context();

    /** Limit of the positions it can compute. */
    default int maxPositions() {
        return Integer.MAX_VALUE;
    }

    KvShape kvShape();

    /**
     * Computes the batch's tokens and appends them to their caches.
     *
     * @param hidden the state of every row after the last norm: rows × hidden, overwritten
     */
    void forward(Batch batch, Matrix hidden, Trace trace);

    /** Computes the batch's tokens without a trace. */
    default void forward(Batch batch, Matrix hidden) {
        forward(batch, hidden, Trace.NONE);
    }

    /**
     * Computes the logits of the token after each row.
     *
     * @param hidden rows × hidden, as {@link #forward} computes it
     * @param logits rows × vocabulary, overwritten
     */
    void logits(Matrix hidden, Matrix logits);
}

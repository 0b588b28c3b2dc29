package dev.nibble.core.model;

import dev.nibble.core.kernel.Matrix;

/** A decoder: tokens in, logits of the next token out. One caller at a time; the caches belong to the caller. */
public interface Model {
    /** Numbers between two layers. */
    int hidden();

    /** Logits there are for a token; tokens are 0 to this − 1. */
    int vocabulary();

    /** Positions it was trained for; more may be computed where it has no table of positions. */
    int context();

    /** Positions it can compute at all. */
    default int maxPositions() {
        return Integer.MAX_VALUE;
    }

    KvShape kvShape();

    /**
     * Computes the batch's tokens and adds them to their caches.
     *
     * @param hidden the state of every row after the last norm: rows × hidden, overwritten
     */
    void forward(Batch batch, Matrix hidden, Trace trace);

    /** The same, with nobody looking on. */
    default void forward(Batch batch, Matrix hidden) {
        forward(batch, hidden, Trace.NONE);
    }

    /**
     * The logits of the token after each row.
     *
     * @param hidden rows × hidden, as {@link #forward} gives it
     * @param logits rows × vocabulary, overwritten
     */
    void logits(Matrix hidden, Matrix logits);
}

package dev.nibble.core.model;

import dev.nibble.core.kernel.Matrix;

/** The part of a layer that works on every token by itself. */
public sealed interface FeedForward permits ClampedMlp, GatedMlp, Mlp, MixtureOfExperts {
    /**
     * @param x tokens × hidden
     * @param y tokens × hidden, overwritten; not the same numbers as x
     */
    void apply(Matrix x, Matrix y);
}

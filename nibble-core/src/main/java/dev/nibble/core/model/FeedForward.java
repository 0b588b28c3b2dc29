package dev.nibble.core.model;

import dev.nibble.core.kernel.Matrix;

/** The part of a layer that processes every token independently. */
public sealed interface FeedForward permits ClampedMlp, GatedMlp, Mlp, MixtureOfExperts {
    /**
     * @param x tokens × hidden
     * @param y tokens × hidden, overwritten; not the same matrix as x
     */
    void apply(Matrix x, Matrix y);
}

package dev.nibble.core.model;

import dev.nibble.core.kernel.Matrix;

/** A dense layer. Plain, quantized, observed, adapted or split over machines: the model cannot tell. */
public interface Linear {
    int inputs();

    int outputs();

    /**
     * y = x · weightᵀ + bias.
     *
     * @param x tokens × inputs
     * @param y tokens × outputs
     */
    void apply(Matrix x, Matrix y);
}

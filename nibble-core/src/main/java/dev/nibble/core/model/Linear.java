package dev.nibble.core.model;

import dev.nibble.core.kernel.Matrix;

/** A linear layer, seen by the model through its product alone: plain, quantized or observed. */
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

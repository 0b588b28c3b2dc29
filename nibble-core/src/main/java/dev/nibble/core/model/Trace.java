package dev.nibble.core.model;

import dev.nibble.core.kernel.Matrix;

/** Looks on while a model computes. */
@FunctionalInterface
public interface Trace {
    /** Sees nothing. */
    Trace NONE = (layer, part, values) -> {};

    /**
     * Told what a part gave.
     *
     * @param layer  the layer it is in; the number of layers for what comes after the last
     * @param part   such as {@code attn_norm}, {@code attn_out}, {@code ffn_out}, {@code l_out}
     * @param values tokens × numbers, valid during the call only
     */
    void onActivation(int layer, String part, Matrix values);
}

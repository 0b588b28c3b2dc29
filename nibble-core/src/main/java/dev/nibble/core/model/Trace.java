package dev.nibble.core.model;

import dev.nibble.core.kernel.Matrix;

/** Listener to the activations of a forward pass. */
@FunctionalInterface
public interface Trace {
    /** Ignores all activations. */
    Trace NONE = (layer, part, values) -> {};

    /**
     * Receives the output of a part.
     *
     * @param layer  index of its layer; the number of layers for parts after the last
     * @param part   such as {@code attn_norm}, {@code attn_out}, {@code ffn_out}, {@code l_out}
     * @param values tokens × channels, valid during the call only
     */
    void onActivation(int layer, String part, Matrix values);
}

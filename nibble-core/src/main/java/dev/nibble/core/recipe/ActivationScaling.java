package dev.nibble.core.recipe;

/** Scaling of layer inputs before their weights are quantized, folded into the producers of the inputs. */
public enum ActivationScaling {
    NONE,
    /** AWQ: the weights of channels with large inputs lose less. */
    ACTIVATION_AWARE,
    /** SmoothQuant: outliers move from activations into weights. */
    SMOOTHED
}

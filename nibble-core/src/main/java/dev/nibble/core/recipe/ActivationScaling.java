package dev.nibble.core.recipe;

/** What is done to the inputs of layers before their weights are rounded; folded into whatever makes the inputs. */
public enum ActivationScaling {
    NONE,
    /** AWQ: channels of large inputs get weights that lose less. */
    ACTIVATION_AWARE,
    /** SmoothQuant: outliers move from activations into weights. */
    SMOOTHED
}

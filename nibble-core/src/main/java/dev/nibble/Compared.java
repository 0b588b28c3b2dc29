package dev.nibble;

import java.util.List;

/**
 * A model beside its original.
 *
 * @param layerErrors relative error of each layer's output; empty if the original was not at hand
 */
public record Compared(EvaluatedModel model, Divergence divergence, List<Double> layerErrors) {
    public Compared {
        layerErrors = List.copyOf(layerErrors);
    }
}

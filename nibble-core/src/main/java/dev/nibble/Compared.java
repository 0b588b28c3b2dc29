package dev.nibble;

import java.util.List;

/**
 * A model compared with its original.
 *
 * @param layerErrors relative error of each layer's output; empty if only a base file was given
 */
public record Compared(EvaluatedModel model, Divergence divergence, List<Double> layerErrors) {
    public Compared {
        layerErrors = List.copyOf(layerErrors);
    }
}

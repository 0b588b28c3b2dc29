package dev.nibble;

import java.util.List;

/**
 * Models compared with their original over one text.
 *
 * @param context tokens in a window
 * @param layerTokens tokens over which the layers' outputs were compared
 */
public record Comparison(EvaluatedModel base, int context, Perplexity basePerplexity, int layerTokens, List<Compared> models) {
    public Comparison {
        models = List.copyOf(models);
    }
}

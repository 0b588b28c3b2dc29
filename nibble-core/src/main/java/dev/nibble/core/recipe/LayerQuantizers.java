package dev.nibble.core.recipe;

import dev.nibble.core.model.mapping.TensorName;
import dev.nibble.core.quantization.Quantizer;
import dev.nibble.core.quantization.RoundToNearest;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The algorithm of each layer.
 *
 * @param fallback for all other layers
 * @param perLayer by the layer's name in GGUF, without {@code .weight}
 * @param rounding for layers whose algorithm needs inputs but that have none
 */
public record LayerQuantizers(Quantizer fallback, Map<String, Quantizer> perLayer, Quantizer rounding) {
    public LayerQuantizers {
        perLayer = Map.copyOf(perLayer);
    }

    public LayerQuantizers(Quantizer fallback, Map<String, Quantizer> perLayer) {
        this(fallback, perLayer, RoundToNearest.DEFAULT);
    }

    /** A copy with each algorithm changed. */
    public LayerQuantizers each(UnaryOperator<Quantizer> change) {
        return new LayerQuantizers(change.apply(fallback),
                perLayer.entrySet().stream().collect(Collectors.toMap(Map.Entry::getKey, entry -> change.apply(entry.getValue()))),
                change.apply(rounding));
    }

    /** One algorithm for all layers. */
    public static LayerQuantizers of(Quantizer quantizer) {
        return new LayerQuantizers(quantizer, Map.of());
    }

    /** @param layer its name in GGUF, possibly followed by an expert's number */
    public Quantizer of(String layer) {
        Quantizer exact = perLayer.get(layer);
        return exact != null ? exact : perLayer.getOrDefault(new TensorName(layer).layer(), fallback);
    }

    /** Whether any of them uses a layer's inputs. */
    public boolean needInputs() {
        return Stream.concat(Stream.of(fallback), perLayer.values().stream()).anyMatch(quantizer -> !quantizer.needs().isEmpty());
    }
}

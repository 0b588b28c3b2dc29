package dev.nibble.core.recipe;

import dev.nibble.core.model.mapping.TensorName;
import dev.nibble.core.quantization.Quantizer;
import dev.nibble.core.quantization.RoundToNearest;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which algorithm chooses the codes of which layer.
 *
 * @param usual    of all layers that have none of their own
 * @param own      by the layer's name in GGUF, without {@code .weight}
 * @param rounding for layers that need to know inputs, and of which none are known
 */
public record Algorithms(Quantizer usual, Map<String, Quantizer> own, Quantizer rounding) {
    public Algorithms {
        own = Map.copyOf(own);
    }

    public Algorithms(Quantizer usual, Map<String, Quantizer> own) {
        this(usual, own, RoundToNearest.USUAL);
    }

    /** The same, each of them changed. */
    public Algorithms each(UnaryOperator<Quantizer> change) {
        return new Algorithms(change.apply(usual),
                own.entrySet().stream().collect(Collectors.toMap(Map.Entry::getKey, entry -> change.apply(entry.getValue()))),
                change.apply(rounding));
    }

    /** The same for all layers. */
    public static Algorithms of(Quantizer quantizer) {
        return new Algorithms(quantizer, Map.of());
    }

    /** @param layer its name in GGUF; an expert's number may be behind it */
    public Quantizer of(String layer) {
        Quantizer exact = own.get(layer);
        return exact != null ? exact : own.getOrDefault(new TensorName(layer).layer(), usual);
    }

    /** Whether any of them chooses by a layer's inputs. */
    public boolean needInputs() {
        return Stream.concat(Stream.of(usual), own.values().stream()).anyMatch(quantizer -> !quantizer.needs().isEmpty());
    }
}

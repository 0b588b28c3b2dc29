package dev.nibble.core.recipe;

import dev.nibble.core.quantization.Quantizer;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Which algorithm chooses the codes of which layer.
 *
 * @param usual of all layers that have none of their own
 * @param own   by the layer's name in GGUF, without {@code .weight}
 */
public record Algorithms(Quantizer usual, Map<String, Quantizer> own) {
    public Algorithms {
        own = Map.copyOf(own);
    }

    /** The same for all layers. */
    public static Algorithms of(Quantizer quantizer) {
        return new Algorithms(quantizer, Map.of());
    }

    /** @param layer its name in GGUF; an expert's number may be behind it */
    Quantizer of(String layer) {
        Quantizer exact = own.get(layer);
        return exact != null ? exact : own.getOrDefault(layer.replaceFirst("\\.\\d+$", ""), usual);
    }

    /** Whether any of them chooses by a layer's inputs. */
    boolean needInputs() {
        return Stream.concat(Stream.of(usual), own.values().stream()).anyMatch(quantizer -> !quantizer.needs().isEmpty());
    }
}

package dev.nibble.core.layout;

import java.util.List;
import java.util.Map;

/**
 * What holds for some modules of a model whose modules do not all have the same bits and groups.
 *
 * @param config  as {@link WeightLayout#config} makes it for a model that is all like these
 * @param modules their names
 */
public record ConfigPart(Map<String, Object> config, List<String> modules) {
    public ConfigPart {
        modules = List.copyOf(modules);
    }
}

package dev.nibble.core.layout;

import java.util.List;
import java.util.Map;

/**
 * The configuration of some modules of a model whose modules differ in bits or groups.
 *
 * @param config  as {@link WeightLayout#config} makes it for a model of such modules only
 * @param modules their names
 */
public record ConfigPart(Map<String, Object> config, List<String> modules) {
    public ConfigPart {
        modules = List.copyOf(modules);
    }
}

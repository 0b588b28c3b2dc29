package dev.nibble.core.checkpoint.layout;

import dev.nibble.core.json.Json;
import java.util.List;
import java.util.Optional;

/**
 * What compressed-tensors says in {@code config_groups}. Which group a module belongs to is not asked: its tensors tell bits and groups, and
 * the groups of the configuration only decide where several sizes would fit.
 */
record CompressedConfig(QuantizationConfig config) {
    private static final int LARGEST_GROUP = 1 << 26;
    private static final int USUAL_BITS = 4;

    private List<Json> weights() {
        return config.json().get("config_groups").map(groups -> groups.members().values().stream()
                .flatMap(group -> group.get("weights").stream()).toList()).orElse(List.of());
    }

    int bits() {
        return weights().stream().flatMap(weights -> weights.get("num_bits").stream()).map(bits -> bits.whole(1, 16)).findFirst()
                .orElse(USUAL_BITS);
    }

    Optional<Integer> groupSize() {
        return weights().stream().flatMap(weights -> weights.get("group_size").stream()).map(size -> size.whole(-1, LARGEST_GROUP))
                .filter(size -> size > 0).findFirst();
    }

    boolean symmetric() {
        return weights().stream().flatMap(weights -> weights.get("symmetric").stream()).findFirst().map(Json::bool).orElse(true);
    }

    /** Whether groups are scattered: {@code actorder} is {@code group}, or {@code dynamic} as it was called. */
    boolean reordered() {
        return weights().stream().flatMap(weights -> weights.get("actorder").stream()).filter(Json::isString).map(Json::string)
                .anyMatch(List.of("group", "dynamic")::contains);
    }

    /** Columns in a group, for rows of this many groups. */
    int groupSize(StoredParts parts, int columns, int groups) {
        Optional<Integer> announced = weights().stream().flatMap(weights -> weights.get("group_size").stream())
                .map(size -> size.whole(-1, LARGEST_GROUP)).filter(size -> size > 0 && Math.ceilDiv(columns, size) == groups).findFirst();
        return announced.orElseGet(() -> {
            int size = Math.ceilDiv(columns, groups);
            if (Math.ceilDiv(columns, size) != groups) {
                throw parts.wrong("weight_scale", "LAYOUT_SHAPE", "has " + groups + " groups for " + columns + " inputs");
            }
            return size;
        });
    }
}

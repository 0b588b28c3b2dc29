package dev.nibble.core.layout;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.nibble.core.codec.Plain;
import dev.nibble.core.tensor.ActivationQuantization;
import dev.nibble.text.json.Json;
import java.util.List;
import java.util.Optional;

/**
 * {@code config_groups} of compressed-tensors. Bits and groups of a module follow from its tensors, not from its config group; the groups
 * of the configuration only decide where several sizes would fit.
 */
record CompressedConfig(QuantizationConfig config) {
    private static final int LARGEST_GROUP = 1 << 26;
    private static final int DEFAULT_BITS = 4;
    private static final int BITS = 8; // of inputs

    private List<Json> weights() {
        return config.json().get("config_groups").map(groups -> groups.members().values().stream()
                .flatMap(group -> group.get("weights").stream()).toList()).orElse(List.of());
    }

    int bits() {
        return weights().stream().flatMap(weights -> weights.get("num_bits").stream()).map(bits -> bits.whole(1, 16)).findFirst()
                .orElse(DEFAULT_BITS);
    }

    Optional<Integer> groupSize() {
        return weights().stream().flatMap(weights -> weights.get("group_size").stream()).map(size -> size.whole(-1, LARGEST_GROUP))
                .filter(size -> size > 0).findFirst();
    }

    boolean symmetric() {
        return weights().stream().flatMap(weights -> weights.get("symmetric").stream()).findFirst().map(Json::bool).orElse(true);
    }

    /** Whether groups are scattered: {@code actorder} is {@code group} or, in older files, {@code dynamic}. */
    boolean reordered() {
        return weights().stream().flatMap(weights -> weights.get("actorder").stream()).filter(Json::isString).map(Json::string)
                .anyMatch(List.of("group", "dynamic")::contains);
    }

    private List<Json> inputs() {
        return config.json().get("config_groups").stream().flatMap(groups -> groups.members().values().stream())
                .flatMap(group -> group.get("input_activations").stream()).toList();
    }

    /** Rows (side 0) or columns (side 1) of a block under one scale, for block scales. */
    Optional<Integer> block(int side) {
        return weights().stream().flatMap(weights -> weights.get("block_structure").stream()).filter(Json::isArray)
                .map(Json::elements).filter(sides -> sides.size() == 2).map(sides -> sides.get(side).whole(1, LARGEST_GROUP)).findFirst();
    }

    /** Whether all weights use this scaling strategy. */
    boolean isAll(String strategy) {
        return !weights().isEmpty() && weights().stream().allMatch(
                weights -> weights.get("strategy").filter(Json::isString).map(Json::string).orElse("").equals(strategy));
    }

    /** Whether inputs are quantized. */
    boolean hasInputs() {
        return !inputs().isEmpty();
    }

    /** Whether inputs are quantized with static scales from calibration. */
    boolean staticInputs() {
        return !inputs().isEmpty() && inputs().stream().noneMatch(inputs -> inputs.get("dynamic")
                .map(dynamic -> dynamic.isString() || dynamic.bool()).orElse(false));
    }

    boolean symmetricInputs() {
        return inputs().stream().flatMap(inputs -> inputs.get("symmetric").stream()).findFirst().map(Json::bool).orElse(true);
    }

    /** Quantization of a layer's input: only for int8; other types are left unquantized. */
    ActivationQuantization inputQuantization(ComponentTensors parts) {
        boolean integers = inputs().stream()
                .anyMatch(inputs -> inputs.get("type").filter(Json::isString).map(Json::string).orElse("int").equals("int")
                        && inputs.get("num_bits").map(bits -> bits.whole(1, 16)).orElse(BITS) == BITS);
        if (!integers) {
            return ActivationQuantization.NONE;
        }
        if (!parts.has("input_scale") && !staticInputs()) {
            return new ActivationQuantization.PerToken(symmetricInputs());
        }
        float scale = parts.finite("input_scale", parts.counted("input_scale", 1, Plain.F16, Plain.BF16, Plain.F32)).at(0);
        if (!(scale > 0)) {
            throw parts.wrong("input_scale", "LAYOUT_RANGE", "is " + scale + ", expected more than 0");
        }
        int zero = parts.has("input_zero_point") ? parts.counted("input_zero_point", 1, Plain.I8).data().get(JAVA_BYTE, 0) : 0;
        return new ActivationQuantization.PerTensor(scale, zero);
    }

    /** Columns per group, given the number of groups per row. */
    int groupSize(ComponentTensors parts, int columns, int groups) {
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

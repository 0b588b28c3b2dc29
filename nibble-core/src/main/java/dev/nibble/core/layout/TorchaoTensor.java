package dev.nibble.core.layout;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.nibble.core.codec.Plain;
import dev.nibble.core.tensor.ActivationQuantization;
import dev.nibble.core.tensor.Transform;
import dev.nibble.error.MalformedFileException;
import dev.nibble.text.json.Json;
import java.util.List;
import java.util.Optional;

/**
 * The header's description of one of torchao's tensors: its class and the attributes that are not tensors.
 *
 * @param type such as {@code Int4Tensor}
 * @param data its attributes
 */
record TorchaoTensor(ComponentTensors parts, String type, Json data) {
    /** Prefix of the names of its parts. */
    static final String PREFIX = "_weight_";

    private static final Json.Limits LIMITS = new Json.Limits("LAYOUT", 1 << 16, 16, 1 << 10);
    private static final String PRE_SCALE = PREFIX + "act_pre_scale";
    private static final String INPUT_SCALE = PREFIX + "act_quant_scale";
    private static final String INPUT_ZERO = PREFIX + "act_quant_zero_point";

    static TorchaoTensor of(ComponentTensors parts) {
        String name = parts.module() + ".weight";
        if (!(parts.file().metadata().get(name) instanceof String text)) {
            throw new MalformedFileException("LAYOUT_MISSING", parts.file().path(), -1, name,
                    "has no description in the file's __metadata__, without which its parts cannot be read");
        }
        Json json = Json.parse(parts.file().path(), text, LIMITS);
        return new TorchaoTensor(parts, json.require("_type").string(), json.require("_data"));
    }

    /** The integers of an attribute, one for each side of the matrix. */
    List<Integer> sides(String attribute) {
        List<Integer> sides = data.require(attribute).elements().stream().map(side -> side.whole(1, Integer.MAX_VALUE)).toList();
        if (sides.size() != 2) {
            throw data.require(attribute).wrong("has " + sides.size() + " dimensions, expected 2");
        }
        return sides;
    }

    /** An attribute that is an object or the name of a constant; empty if it is null. */
    Optional<Json> attribute(String name) {
        return data.get(name).filter(value -> value.isObject() || value.isString());
    }

    /** The name of a constant, in either spelling: {@code {"_type": …, "_data": "SYMMETRIC"}} or the text alone. */
    static String constant(Json json) {
        return json.isObject() ? json.require("_data").string() : json.string();
    }

    /** Transforms of the input that come before all others. */
    List<Transform> before(int columns) {
        if (!parts.has(PRE_SCALE)) {
            return List.of();
        }
        FloatMatrix stored = parts.finite(PRE_SCALE, parts.counted(PRE_SCALE, columns, ComponentTensors.SCALES.toArray(Plain[]::new)));
        float[] scale = new float[columns];
        for (int i = 0; i < columns; i++) {
            scale[i] = stored.at(i);
        }
        return List.of(new Transform.ChannelScale(scale));
    }

    /**
     * Quantization of the layer's input.
     *
     * @param warnings receives a line if it is of a kind that Nibble does not know; inputs are then not quantized
     */
    ActivationQuantization inputQuantization(List<String> warnings) {
        Optional<Json> asymmetric = attribute("activation_quantization");
        if (asymmetric.isPresent()) {
            return new ActivationQuantization.PerToken(false); // the only kind
        }
        Optional<Json> inputs = attribute("act_quant_kwargs").flatMap(kwargs -> kwargs.get("_data"));
        if (inputs.isEmpty() || !type.equals("Int8Tensor")) {
            return ActivationQuantization.NONE;
        }
        boolean reduced = inputs.get().get("reduce_range").filter(Json::isBoolean).map(Json::bool).orElse(false);
        boolean rows = inputs.get().require("granularity").require("_type").string().equals("PerRow");
        if (!reduced && parts.has(INPUT_SCALE) && parts.tensor(INPUT_SCALE, Plain.F16, Plain.BF16, Plain.F32).shape().count() == 1) {
            float scale = parts.finite(INPUT_SCALE, parts.tensor(INPUT_SCALE, Plain.F16, Plain.BF16, Plain.F32)).at(0);
            if (!(scale > 0)) {
                throw parts.wrong(INPUT_SCALE, "LAYOUT_RANGE", "is " + scale + ", expected more than 0");
            }
            int zero = parts.has(INPUT_ZERO)
                    ? parts.counted(INPUT_ZERO, 1, Plain.I8).data().get(JAVA_BYTE, 0)
                    : 0;
            return new ActivationQuantization.PerTensor(scale, zero);
        }
        if (reduced || !rows || parts.has(INPUT_SCALE)) {
            warnings.add("its inputs are to be quantized in a way that Nibble does not know; they are not quantized");
            return ActivationQuantization.NONE;
        }
        return new ActivationQuantization.PerToken(
                inputs.get().get("mapping_type").map(kind -> constant(kind).equals("SYMMETRIC")).orElse(true));
    }
}

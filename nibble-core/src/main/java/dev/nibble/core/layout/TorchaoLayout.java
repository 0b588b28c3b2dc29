package dev.nibble.core.layout;

import dev.nibble.core.checkpoint.CheckpointWriter;
import dev.nibble.core.codec.GroupAffine;
import dev.nibble.core.codec.GroupAffine.Zero;
import dev.nibble.core.codec.GroupCodec;
import dev.nibble.core.codec.OffsetGroups;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.codec.ScaleFormat;
import dev.nibble.core.codec.ScaledLevels;
import dev.nibble.core.tensor.ActivationQuantization;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.core.tensor.Weight;
import dev.nibble.error.UnsupportedException;
import dev.nibble.text.json.Json;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.databind.json.JsonMapper;

/**
 * torchao in safetensors: the tensors of a tensor object side by side, its class and attributes as JSON in the header's
 * {@code __metadata__}. {@link TorchaoRows} has the integer classes; {@code Float8Tensor} is FP8.
 *
 * <pre>
 *   module._weight_qdata, module._weight_scale, module._weight_zero_point …
 *   __metadata__ "module.weight": {"_type": "Int4Tensor", "_data": {"block_size": [1, 128], "shape": [out, in]}, "_tensor_data_names": […]}
 *                "tensor_names": ["module.weight", …], plain ones with {"_type": "Tensor"}
 * </pre>
 *
 * Written as Int4Tensor and Int8Tensor.
 */
final class TorchaoLayout implements WeightLayout {
    static final TorchaoLayout SAFETENSORS = new TorchaoLayout();

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String PREFIX = "." + TorchaoTensor.PREFIX;
    private static final int MIDDLE = 128;
    private static final String READ = "Int4Tensor, Int4TilePackedTo4dTensor, Int8Tensor, IntxUnpackedToInt8Tensor and Float8Tensor";

    private TorchaoLayout() {}

    @Override
    public String name() {
        return "torchao";
    }

    @Override
    public boolean reads(QuantizationConfig config) {
        return config.method().equals("torchao");
    }

    @Override
    public String describe(QuantizationConfig config) {
        return "torchao, " + config.json().get("quant_type").map(type -> type.get("default").orElse(type))
                .flatMap(type -> type.isObject() ? type.get("_type") : Optional.of(type)).filter(Json::isString)
                .map(Json::string).orElse("unknown configuration");
    }

    @Override
    public List<String> suffixes() {
        return List.of(PREFIX + "qdata");
    }

    @Override
    public StoredWeight find(ComponentTensors parts, QuantizationConfig config) {
        TorchaoTensor tensor = TorchaoTensor.of(parts);
        GroupedRows rows = switch (tensor.type()) {
            case "Int4Tensor" -> TorchaoRows.pairs(tensor);
            case "Int4TilePackedTo4dTensor" -> TorchaoRows.tiles(tensor);
            case "Int8Tensor" -> TorchaoRows.bytes(tensor, Byte.SIZE);
            case "IntxUnpackedToInt8Tensor" -> TorchaoRows.bytes(tensor, bits(tensor.data().require("target_dtype")));
            case "Float8Tensor" -> new ByteCodes(parts, TorchaoTensor.PREFIX + "qdata", TorchaoTensor.PREFIX + "scale",
                    tensor.sides("block_size").getFirst(), tensor.sides("block_size").getLast());
            default -> throw new UnsupportedException(
                    parts.module() + ": torchao's " + tensor.type() + ", which is packed for one kernel; Nibble reads " + READ);
        };
        List<String> warnings = new ArrayList<>();
        ActivationQuantization rounding = tensor.inputQuantization(warnings);
        return new GroupedWeight(rows, warnings, rounding, tensor.before(rows.columns()));
    }

    private static int bits(Json type) {
        String name = TorchaoTensor.constant(type);
        if (!name.matches("int[1-8]")) {
            throw type.wrong("is " + name + ", expected int1 to int8");
        }
        return name.charAt(name.length() - 1) - '0';
    }

    @Override
    public Map<String, Object> config(Codec codec, boolean reordered, List<String> plain) {
        GroupCodec checked = check("the model", codec);
        if (reordered) {
            throw new UnsupportedException("torchao has no act-order");
        }
        Map<String, Object> inner = new LinkedHashMap<>();
        inner.put("_type", isPairs(checked) ? "Int4WeightOnlyConfig" : "Int8WeightOnlyConfig");
        inner.put("_version", 2);
        inner.put("_data", isPairs(checked)
                ? new TreeMap<>(Map.of("group_size", checked.groupSize(), "int4_packing_format", object("Int4PackingFormat", "PLAIN")))
                : Map.of());
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("quant_method", "torchao");
        config.put("quant_type", Map.of("default", inner));
        config.put("modules_to_not_convert", plain);
        return config;
    }

    private static Map<String, Object> object(String type, String data) {
        return new TreeMap<>(Map.of("_type", type, "_data", data));
    }

    private static boolean isPairs(GroupCodec codec) {
        return codec.bits() == 4;
    }

    private static GroupCodec check(String name, Codec codec) {
        if (codec instanceof OffsetGroups offset && offset.bits() == 4) {
            return offset;
        }
        if (codec instanceof GroupAffine affine
                && (affine.bits() == 4 && affine.zero() == Zero.NONE || affine.bits() == Byte.SIZE && affine.zero() != Zero.FLOAT)) {
            return affine;
        }
        throw new UnsupportedException(name + " is " + codec.name()
                + "; torchao's layout holds integers of 4 bits with an offset or none, and of 8 bits with integer zero points");
    }

    private static boolean hasZeros(GroupCodec codec) {
        return isPairs(codec) || codec.hasZeroPoints();
    }

    private static ScaleFormat format(GroupCodec codec) {
        return switch (codec) {
            case GroupAffine affine -> affine.scaleFormat();
            case OffsetGroups offset -> offset.scaleFormat();
            case ScaledLevels levels -> ScaleFormat.F32;
        };
    }

    @Override
    public List<TensorInfo> parts(TensorInfo module, QuantizationConfig config) {
        GroupCodec codec = check(module.name(), module.codec());
        long rows = module.shape().rows();
        long columns = module.shape().columns();
        long groups = columns / codec.groupSize();
        if (isPairs(codec) && columns % 2 != 0) {
            throw new UnsupportedException(module.name() + ": rows of " + columns + " codes are not a multiple of 2");
        }
        String name = module.name() + PREFIX;
        Shape scales = isPairs(codec) ? Shape.of(groups, rows) : Shape.of(rows, groups);
        Plain format = Plain.valueOf(format(codec).name());
        List<TensorInfo> parts = new ArrayList<>();
        parts.add(new TensorInfo(name + "qdata", Plain.I8, isPairs(codec) ? Shape.of(rows, columns / 2) : module.shape()));
        parts.add(new TensorInfo(name + "scale", format, scales));
        if (hasZeros(codec)) {
            parts.add(new TensorInfo(name + "zero_point", isPairs(codec) ? format : Plain.I8, scales));
        }
        return parts;
    }

    @Override
    public Map<String, String> metadata(List<TensorInfo> modules, List<TensorInfo> others) {
        Map<String, String> metadata = new LinkedHashMap<>();
        List<String> names = new ArrayList<>();
        for (TensorInfo module : modules) {
            names.add(module.name() + ".weight");
            metadata.put(names.getLast(), JSON.writeValueAsString(description(module)));
        }
        for (TensorInfo other : others) {
            names.add(other.name());
            metadata.put(other.name(), "{\"_type\": \"Tensor\"}");
        }
        metadata.put("tensor_names", JSON.writeValueAsString(names));
        return metadata;
    }

    private static Map<String, Object> description(TensorInfo module) {
        GroupCodec codec = check(module.name(), module.codec());
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("block_size", List.of(1, codec.groupSize()));
        if (isPairs(codec)) {
            data.put("shape", module.shape().dimensions());
            data.put("activation_dtype", object("torch.dtype", "bfloat16"));
        } else {
            data.put("dtype", object("torch.dtype", "bfloat16"));
        }
        Map<String, Object> description = new LinkedHashMap<>();
        description.put("_type", isPairs(codec) ? "Int4Tensor" : "Int8Tensor");
        description.put("_data", data);
        description.put("_tensor_data_names", hasZeros(codec) ? List.of("qdata", "scale", "zero_point") : List.of("qdata", "scale"));
        return description;
    }

    @Override
    public void write(Weight weight, String module, QuantizationConfig config, CheckpointWriter file) throws IOException {
        GroupCodec codec = check(module, weight.values().codec());
        List<TensorInfo> parts = parts(new TensorInfo(module, codec, weight.values().shape()), config);
        BlockRows rows = new BlockRows(weight, module, codec.groupSize());
        if (rows.isReordered()) {
            throw new UnsupportedException(module + ": its columns are in another order, which torchao cannot store");
        }
        try (Arena arena = Arena.ofConfined()) {
            ComponentWriter writer = new ComponentWriter(parts, arena, file);
            byte[] row = new byte[rows.columns()];
            for (int output = 0; output < rows.rows(); output++) {
                rows.codes(output, row);
                byte[] stored = isPairs(codec) ? pairs(row) : signed(row);
                writer.bytes(0, (long) output * stored.length, stored);
                for (int group = 0; group < rows.groupCount(); group++) {
                    long at = isPairs(codec) ? (long) group * rows.rows() + output : (long) output * rows.groupCount() + group;
                    writer.scale(1, format(codec), at, rows.scale(output, group));
                    if (codec instanceof OffsetGroups offset) {
                        writer.scale(2, offset.scaleFormat(), at, rows.zeroPoint(output, group));
                    } else if (!isPairs(codec) && hasZeros(codec)) {
                        writer.bytes(2, at, new byte[]{(byte) ((int) rows.zeroPoint(output, group) - MIDDLE)});
                    }
                }
            }
            writer.write();
        }
    }

    private static byte[] pairs(byte[] codes) {
        byte[] pairs = new byte[codes.length / 2];
        for (int i = 0; i < codes.length; i++) {
            pairs[i / 2] |= (byte) ((codes[i] ^ 8) << i % 2 * 4);
        }
        return pairs;
    }

    private static byte[] signed(byte[] codes) {
        for (int i = 0; i < codes.length; i++) {
            codes[i] -= (byte) MIDDLE;
        }
        return codes;
    }
}

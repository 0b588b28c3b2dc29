package dev.nibble.core.layout;

import static dev.nibble.core.tensor.LittleEndian.FLOAT;

import dev.nibble.core.checkpoint.CheckpointWriter;
import dev.nibble.core.codec.GroupAffine;
import dev.nibble.core.codec.GroupAffine.Zero;
import dev.nibble.core.codec.LevelTable;
import dev.nibble.core.codec.MXFP4;
import dev.nibble.core.codec.NVFP4;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.codec.ScaledLevels;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.core.tensor.Weight;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The formats of vLLM's llm-compressor: {@code pack-quantized} integers ({@link PackedInteger}), {@code int-quantized} and
 * {@code float-quantized} bytes ({@link ByteCodes}), {@code nvfp4-pack-quantized} and {@code mxfp4-pack-quantized} ({@link SmallFloats}).
 * Each layer's format follows from its tensors, so mixed models need nothing more.
 *
 * <p>
 * NVFP4's {@code weight_global_scale} is a divisor; its reciprocal is rounded once.
 */
final class CompressedTensorsLayout implements WeightLayout {
    static final CompressedTensorsLayout ANY = new CompressedTensorsLayout();

    private CompressedTensorsLayout() {}

    @Override
    public String name() {
        return "compressed-tensors";
    }

    @Override
    public boolean reads(QuantizationConfig config) {
        return config.method().equals("compressed-tensors") || config.method().equals("fbgemm_fp8");
    }

    @Override
    public String describe(QuantizationConfig config) {
        CompressedConfig groups = new CompressedConfig(config);
        return "compressed-tensors, %s, %d bits, %s, %s%s".formatted(config.text("format").orElse("mixed"), groups.bits(),
                groups.groupSize().map(size -> "groups of " + size).orElse("one scale per row or tensor"),
                groups.symmetric() ? "symmetric" : "asymmetric", groups.reordered() ? ", act-order" : "");
    }

    @Override
    public List<String> suffixes() {
        return List.of(".weight_packed", ".weight_scale");
    }

    @Override
    public StoredWeight find(ComponentTensors parts, QuantizationConfig config) {
        CompressedConfig groups = new CompressedConfig(config);
        if (!parts.has("weight_packed")) {
            return new GroupedWeight(new ByteCodes(parts, "weight_scale", groups.block(0).orElse(0),
                    groups.groupSize().or(() -> groups.block(1)).orElse(0)), List.of(),
                    groups.inputQuantization(parts));
        }
        if (parts.has("weight_global_scale")) {
            Tensor divisor = parts.counted("weight_global_scale", 1, Plain.F32);
            float factor = 1 / parts.finite("weight_global_scale", divisor).at(0);
            if (!Float.isFinite(factor)) {
                throw parts.wrong("weight_global_scale", "LAYOUT_RANGE", "is 0, and values are divided by it");
            }
            return SmallFloats.nvfp4(parts, "weight_packed", "weight_scale", factor);
        }
        if (parts.tensor("weight_packed", Plain.I32, Plain.U8).codec().equals(Plain.U8)) {
            return SmallFloats.mxfp4(parts, "weight_packed", "weight_scale");
        }
        return new GroupedWeight(new PackedInteger(parts, groups), List.of(), groups.inputQuantization(parts));
    }

    @Override
    public Map<String, Object> config(Codec codec, boolean reordered, List<String> plain) {
        String format = switch (codec) {
            case GroupAffine affine when affine.zero() != Zero.FLOAT -> "pack-quantized";
            case ScaledLevels levels when levels.levels().equals(LevelTable.FP8) -> "float-quantized";
            case MXFP4 mx -> "mxfp4-pack-quantized";
            case NVFP4 nv -> "nvfp4-pack-quantized";
            default -> throw unsupported("the model", codec);
        };
        Map<String, Object> weights = new LinkedHashMap<>();
        weights.put("num_bits", codec.codeBits().orElse(4));
        weights.put("type", format.equals("pack-quantized") ? "int" : "float");
        weights.put("symmetric", !codec.hasZeroPoints());
        weights.put("strategy", codec.equals(NVFP4.NVFP4) ? "tensor_group" : "group");
        weights.put("group_size", codec.equals(NVFP4.NVFP4) ? 16 : codec.blockSize());
        weights.put("dynamic", false);
        if (reordered) {
            weights.put("actorder", "group");
        }
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("quant_method", "compressed-tensors");
        config.put("format", format);
        config.put("quantization_status", "compressed");
        config.put("ignore", plain);
        config.put("config_groups", Map.of("group_0", group(List.of("Linear"), weights)));
        return config;
    }

    @Override
    public Map<String, Object> wholeRows(Map<String, Object> config) {
        Map<String, Object> weights = new LinkedHashMap<>();
        ((Map<?, ?>) weights(config)).forEach((key, value) -> weights.put((String) key, value));
        weights.remove("group_size");
        weights.put("strategy", "channel");
        Map<String, Object> whole = new LinkedHashMap<>(config);
        whole.put("config_groups", Map.of("group_0", group(List.of("Linear"), weights)));
        return whole;
    }

    /**
     * One entry of {@code config_groups} per kind of module; names of modules take precedence over {@code Linear}. Where formats differ,
     * each group states its own.
     */
    @Override
    public Map<String, Object> mixed(ConfigPart max, List<ConfigPart> others) {
        Map<String, Object> config = new LinkedHashMap<>(max.config());
        if (others.stream().anyMatch(other -> !other.config().get("format").equals(max.config().get("format")))) {
            config.put("format", "mixed-precision");
        }
        Map<String, Object> groups = new LinkedHashMap<>();
        for (ConfigPart other : others) {
            groups.put("group_" + (groups.size() + 1), group(other.modules(), other.config(), config));
        }
        groups.put("group_0", group(List.of("Linear"), max.config(), config));
        config.put("config_groups", groups);
        return config;
    }

    private static Map<String, Object> group(List<String> targets, Map<String, Object> own, Map<String, Object> all) {
        Map<String, Object> group = group(targets, weights(own));
        if (!own.get("format").equals(all.get("format"))) {
            group.put("format", own.get("format"));
        }
        return group;
    }

    private static Map<String, Object> group(List<String> targets, Object weights) {
        Map<String, Object> group = new LinkedHashMap<>(); // in a fixed order
        group.put("targets", targets);
        group.put("weights", weights);
        return group;
    }

    private static Object weights(Map<String, Object> config) {
        return ((Map<?, ?>) ((Map<?, ?>) config.get("config_groups")).get("group_0")).get("weights");
    }

    private static UnsupportedException unsupported(String name, Codec codec) {
        return new UnsupportedException(name + " is " + codec.name()
                + "; compressed-tensors holds integers with integer zero points, FP8 with scales, MXFP4 and NVFP4");
    }

    @Override
    public List<TensorInfo> parts(TensorInfo module, QuantizationConfig config) {
        CompressedConfig groups = new CompressedConfig(config);
        List<TensorInfo> parts = new ArrayList<>();
        switch (module.codec()) {
            case GroupAffine affine when affine.zero() != Zero.FLOAT -> parts.addAll(
                    PackedInteger.parts(module, affine, groupSize(module, groups), groups));
            case ScaledLevels levels when levels.levels().equals(LevelTable.FP8) -> parts.addAll(
                    ByteParts.of(module, "weight_scale", 1, groupSize(module, groups)));
            case MXFP4 mx -> parts.addAll(SmallFloats.parts(module, "weight_packed", "weight_scale"));
            case NVFP4 nv -> {
                parts.addAll(SmallFloats.parts(module, "weight_packed", "weight_scale"));
                parts.add(new TensorInfo(module.name() + ".weight_global_scale", Plain.F32, Shape.of(1)));
            }
            default -> throw unsupported(module.name(), module.codec());
        }
        return parts;
    }

    private static int groupSize(TensorInfo module, CompressedConfig config) {
        return Math.min(config.groupSize().orElse(module.codec().blockSize()), Math.toIntExact(module.shape().columns()));
    }

    @Override
    public void write(Weight weight, String module, QuantizationConfig config, CheckpointWriter file) throws IOException {
        TensorInfo info = new TensorInfo(module, weight.values().codec(), weight.values().shape());
        List<TensorInfo> parts = parts(info, config);
        CompressedConfig groups = new CompressedConfig(config);
        switch (info.codec()) {
            case GroupAffine affine -> PackedInteger.write(weight, module, parts, groupSize(info, groups), groups, file);
            case ScaledLevels levels -> ByteParts.write(weight, module, parts, 1, groupSize(info, groups), file);
            default -> writeSmallFloats(weight, module, parts, file);
        }
    }

    private static void writeSmallFloats(Weight weight, String module, List<TensorInfo> parts, CheckpointWriter file) throws IOException {
        float factor = SmallFloats.factor(weight, module);
        if (factor != 1 && parts.size() < 3) {
            throw new UnsupportedException(module + ": MXFP4 has no global scale, and this tensor needs " + factor);
        }
        try (Arena arena = Arena.ofConfined()) {
            ComponentWriter writer = new ComponentWriter(parts, arena, file);
            SmallFloats.write(weight.values(), writer.bytes(0), writer.bytes(1));
            if (parts.size() == 3) {
                writer.bytes(2).set(FLOAT, 0, 1 / factor);
            }
            writer.write();
        }
    }
}

package dev.nibble.core.layout;

import dev.nibble.core.checkpoint.CheckpointWriter;
import dev.nibble.core.codec.GroupAffine;
import dev.nibble.core.codec.GroupAffine.Zero;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.codec.ScaleFormat;
import dev.nibble.core.tensor.ActivationQuantization;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.core.tensor.Weight;
import dev.nibble.error.Advice;
import dev.nibble.error.Setting;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * W8A8 of compressed-tensors, {@code int-quantized}: 8-bit weights with one scale per row, and inputs quantized to 8 bits.
 *
 * <pre>
 *   weight             I8 [out, in]
 *   weight_scale       F16, BF16 or F32 [out, 1]
 *   weight_zero_point  I8 [out, 1], if asymmetric
 *   input_scale        F32 [1], input_zero_point I8 [1]: with static input scales
 * </pre>
 */
final class IntQuantizedLayout implements WeightLayout {
    /** Inputs get a scale per token at run time. */
    static final IntQuantizedLayout DYNAMIC = new IntQuantizedLayout("w8a8", false);
    /** Inputs get a scale found by calibration. */
    static final IntQuantizedLayout STATIC = new IntQuantizedLayout("w8a8-static", true);

    private static final int BITS = 8;
    private static final int MIDDLE = 128;

    private final String name;
    private final boolean fixed;

    private IntQuantizedLayout(String name, boolean fixed) {
        this.name = name;
        this.fixed = fixed;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public boolean reads(QuantizationConfig config) {
        return config.method().equals("compressed-tensors") && config.text("format").orElse("").equals("int-quantized")
                && new CompressedConfig(config).staticInputs() == fixed;
    }

    @Override
    public String describe(QuantizationConfig config) {
        return "compressed-tensors, W8A8, one scale per row, "
                + (fixed ? "static scales of the inputs" : "a scale for every token's inputs");
    }

    @Override
    public List<String> suffixes() {
        return List.of(".weight_scale");
    }

    @Override
    public StoredWeight find(ComponentTensors parts, QuantizationConfig config) {
        CompressedConfig groups = new CompressedConfig(config);
        return new GroupedWeight(new ByteCodes(parts, "weight_scale", 0, groups.groupSize().orElse(0)), List.of(),
                groups.inputQuantization(parts));
    }

    @Override
    public Map<String, Object> config(Codec codec, boolean reordered, List<String> plain) {
        GroupAffine affine = check("the model", codec);
        if (reordered) {
            throw new UnsupportedException("W8A8 has no act-order");
        }
        Map<String, Object> weights = new TreeMap<>(Map.of("num_bits", BITS, "type", "int", "strategy", "channel", "dynamic", false));
        weights.put("symmetric", affine.zero() == Zero.NONE);
        Map<String, Object> inputs = new TreeMap<>(Map.of("num_bits", BITS, "type", "int", "dynamic", !fixed));
        inputs.put("strategy", fixed ? "tensor" : "token");
        inputs.put("symmetric", !fixed);
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("quant_method", "compressed-tensors");
        config.put("format", "int-quantized");
        config.put("quantization_status", "compressed");
        config.put("ignore", plain);
        config.put("config_groups",
                Map.of("group_0", new TreeMap<>(Map.of("targets", List.of("Linear"), "weights", weights, "input_activations", inputs))));
        return config;
    }

    private static GroupAffine check(String name, Codec codec) {
        return WeightLayouts.held(name, codec, GroupAffine.class, affine -> affine.bits() == BITS && affine.zero() != Zero.FLOAT,
                "W8A8 holds integers of 8 bits with integer zero points");
    }

    @Override
    public List<TensorInfo> parts(TensorInfo module, QuantizationConfig config) {
        GroupAffine codec = check(module.name(), module.codec());
        String prefix = module.name() + ".";
        Shape scales = Shape.of(module.shape().rows(), 1);
        List<TensorInfo> parts = new ArrayList<>();
        parts.add(new TensorInfo(prefix + "weight", Plain.I8, module.shape()));
        parts.add(new TensorInfo(prefix + "weight_scale", Plain.valueOf(codec.scaleFormat().name()), scales));
        if (codec.zero() == Zero.INTEGER) {
            parts.add(new TensorInfo(prefix + "weight_zero_point", Plain.I8, scales));
        }
        if (fixed) {
            parts.add(new TensorInfo(prefix + "input_scale", Plain.F32, Shape.of(1)));
            parts.add(new TensorInfo(prefix + "input_zero_point", Plain.I8, Shape.of(1)));
        }
        return parts;
    }

    @Override
    public void write(Weight weight, String module, QuantizationConfig config, CheckpointWriter file) throws IOException {
        TensorInfo info = new TensorInfo(module, weight.values().codec(), weight.values().shape());
        List<TensorInfo> parts = parts(info, config);
        GroupAffine codec = check(module, info.codec());
        BlockRows rows = new BlockRows(weight, module, Math.toIntExact(info.shape().columns()));
        if (rows.isReordered() || !weight.inputTransforms().isEmpty()) {
            throw new UnsupportedException(module + ": its columns are in another order, which W8A8 cannot store");
        }
        try (Arena arena = Arena.ofConfined()) {
            ComponentWriter writer = new ComponentWriter(parts, arena, file);
            byte[] row = new byte[rows.columns()];
            for (int output = 0; output < rows.rows(); output++) {
                rows.codes(output, row);
                for (int i = 0; i < row.length; i++) {
                    row[i] -= (byte) MIDDLE;
                }
                writer.bytes(0, (long) output * row.length, row);
                writer.scale(1, codec.scaleFormat(), output, rows.scale(output, 0));
                if (codec.zero() == Zero.INTEGER) {
                    writer.bytes(2, output, new byte[]{(byte) ((int) rows.zeroPoint(output, 0) - MIDDLE)});
                }
            }
            if (fixed) {
                writeInputScale(weight, module, writer, parts.size());
            }
            writer.write();
        }
    }

    private static void writeInputScale(Weight weight, String module, ComponentWriter writer, int parts) {
        if (!(weight.inputQuantization() instanceof ActivationQuantization.PerTensor inputs)) {
            throw new UnsupportedException(
                    Advice.of("%s: no static scale of its inputs is known; calibration finds it when the original model is"
                            + " quantized by %s", module, Setting.SCHEME.of("W8A8_STATIC")));
        }
        writer.scale(parts - 2, ScaleFormat.F32, 0, inputs.scale());
        writer.bytes(parts - 1, 0, new byte[]{(byte) inputs.zeroPoint()});
    }
}

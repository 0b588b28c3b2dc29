package dev.nibble.core.layout;

import dev.nibble.core.checkpoint.CheckpointWriter;
import dev.nibble.core.codec.LevelTable;
import dev.nibble.core.codec.ScaledLevels;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.core.tensor.Weight;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * FP8 of compressed-tensors, {@code float-quantized}. Programs that compute in FP8 quantize inputs as well; Nibble does not.
 *
 * <pre>
 *   weight        F8_E4M3 [out, in]
 *   weight_scale  F32 [out, 1], or [out / 128, in / 128] rounded up
 * </pre>
 */
final class FloatQuantizedLayout implements WeightLayout {
    /** One scale per row; inputs per token. */
    static final FloatQuantizedLayout ROWS = new FloatQuantizedLayout("fp8-dynamic", "channel");
    /** One scale per 128 × 128 weights; inputs per 128 elements of a token. */
    static final FloatQuantizedLayout BLOCKS = new FloatQuantizedLayout("fp8-block", "block");

    private static final int SIDE = 128;
    private static final int BITS = 8;

    private final String name;
    private final String strategy;

    private FloatQuantizedLayout(String name, String strategy) {
        this.name = name;
        this.strategy = strategy;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public boolean reads(QuantizationConfig config) {
        CompressedConfig groups = new CompressedConfig(config);
        return config.method().equals("compressed-tensors") && config.text("format").orElse("").equals("float-quantized")
                && groups.hasInputs() && !groups.staticInputs() && groups.isAll(strategy);
    }

    @Override
    public String describe(QuantizationConfig config) {
        return "compressed-tensors, FP8, "
                + (isBlocks() ? "one scale for %d×%d weights".formatted(side(config, 0), side(config, 1)) : "one scale per row")
                + ", inputs quantized by programs that compute in FP8";
    }

    private boolean isBlocks() {
        return strategy.equals("block");
    }

    private static int side(QuantizationConfig config, int side) {
        return new CompressedConfig(config).block(side).orElse(SIDE);
    }

    @Override
    public List<String> suffixes() {
        return List.of(".weight_scale");
    }

    @Override
    public StoredWeight find(ComponentTensors parts, QuantizationConfig config) {
        return new GroupedWeight(isBlocks()
                ? new ByteCodes(parts, "weight_scale", side(config, 0), side(config, 1))
                : new ByteCodes(parts, "weight_scale", 1, 0), List.of());
    }

    @Override
    public Map<String, Object> config(Codec codec, boolean reordered, List<String> plain) {
        check("the model", codec);
        if (reordered) {
            throw new UnsupportedException(name + " has no act-order");
        }
        Map<String, Object> weights = numbers(false, strategy);
        Map<String, Object> inputs = numbers(true, isBlocks() ? "group" : "token");
        if (isBlocks()) {
            weights.put("block_structure", List.of(SIDE, SIDE));
            inputs.put("group_size", SIDE);
        }
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("quant_method", "compressed-tensors");
        config.put("format", "float-quantized");
        config.put("quantization_status", "compressed");
        config.put("ignore", plain);
        config.put("config_groups",
                Map.of("group_0", new TreeMap<>(Map.of("targets", List.of("Linear"), "weights", weights, "input_activations", inputs))));
        return config;
    }

    private static Map<String, Object> numbers(boolean dynamic, String strategy) {
        return new TreeMap<>(Map.of("num_bits", BITS, "type", "float", "symmetric", true, "dynamic", dynamic, "strategy", strategy));
    }

    private void check(String module, Codec codec) {
        WeightLayouts.held(module, codec, ScaledLevels.class, levels -> levels.levels().equals(LevelTable.FP8),
                name + " holds FP8 with scales");
    }

    @Override
    public List<TensorInfo> parts(TensorInfo module, QuantizationConfig config) {
        check(module.name(), module.codec());
        return isBlocks()
                ? ByteParts.of(module, "weight_scale", side(config, 0), side(config, 1))
                : ByteParts.of(module, "weight_scale", 1, Math.toIntExact(module.shape().columns()));
    }

    @Override
    public void write(Weight weight, String module, QuantizationConfig config, CheckpointWriter file) throws IOException {
        TensorInfo info = new TensorInfo(module, weight.values().codec(), weight.values().shape());
        int across = isBlocks() ? side(config, 1) : Math.toIntExact(info.shape().columns());
        ByteParts.write(weight, module, parts(info, config), isBlocks() ? side(config, 0) : 1, across, file);
    }
}

package dev.nibble.core.layout;

import dev.nibble.core.checkpoint.CheckpointWriter;
import dev.nibble.core.codec.LevelTable;
import dev.nibble.core.codec.ScaledLevels;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.core.tensor.Weight;
import dev.nibble.text.json.Json;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * FP8 of DeepSeek and transformers.
 *
 * <pre>
 *   weight            F8_E4M3 [out, in]
 *   weight_scale_inv  F32 [out / 128, in / 128], rounded up; a factor, in spite of its name
 * </pre>
 */
final class Fp8Layout implements WeightLayout {
    static final Fp8Layout BLOCKS = new Fp8Layout();

    private static final String SCALES = "weight_scale_inv";
    private static final int DEFAULT = 128;
    private static final int LARGEST = 1 << 26;

    private Fp8Layout() {}

    @Override
    public String name() {
        return "fp8";
    }

    @Override
    public boolean reads(QuantizationConfig config) {
        return config.method().equals("fp8") || config.method().equals("finegrained_fp8");
    }

    @Override
    public String describe(QuantizationConfig config) {
        return "FP8 (%s), one scale for %d×%d weights".formatted(config.text("fmt").orElse("e4m3"), block(config, 0), block(config, 1));
    }

    private static int block(QuantizationConfig config, int side) {
        List<Json> block = config.json().get("weight_block_size").map(Json::elements).orElse(List.of());
        return block.size() == 2 ? block.get(side).whole(1, LARGEST) : DEFAULT;
    }

    @Override
    public List<String> suffixes() {
        return List.of("." + SCALES);
    }

    @Override
    public StoredWeight find(ComponentTensors parts, QuantizationConfig config) {
        return new GroupedWeight(new ByteCodes(parts, SCALES, block(config, 0), block(config, 1)), List.of());
    }

    @Override
    public Map<String, Object> config(Codec codec, boolean reordered, List<String> plain) {
        check("the model", codec);
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("quant_method", "fp8");
        config.put("fmt", "e4m3");
        config.put("activation_scheme", "dynamic");
        config.put("weight_block_size", List.of(1, codec.blockSize()));
        config.put("modules_to_not_convert", plain);
        return config;
    }

    private static void check(String name, Codec codec) {
        WeightLayouts.held(name, codec, ScaledLevels.class, levels -> levels.levels().equals(LevelTable.FP8),
                "this layout holds FP8 with scales");
    }

    @Override
    public List<TensorInfo> parts(TensorInfo module, QuantizationConfig config) {
        check(module.name(), module.codec());
        return ByteParts.of(module, SCALES, block(config, 0), block(config, 1));
    }

    @Override
    public void write(Weight weight, String module, QuantizationConfig config, CheckpointWriter file) throws IOException {
        TensorInfo info = new TensorInfo(module, weight.values().codec(), weight.values().shape());
        ByteParts.write(weight, module, parts(info, config), block(config, 0), block(config, 1), file);
    }
}

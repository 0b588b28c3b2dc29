package dev.nibble.core.layout;

import static dev.nibble.core.tensor.LittleEndian.FLOAT;

import dev.nibble.core.checkpoint.CheckpointWriter;
import dev.nibble.core.codec.NVFP4;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.core.tensor.Weight;
import dev.nibble.text.json.Json;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * NVIDIA's ModelOpt: NVFP4 and FP8.
 *
 * <pre>
 *   weight          U8 [out, in / 2] (NVFP4) or F8_E4M3 [out, in]
 *   weight_scale    F8_E4M3 [out, in / 16] (NVFP4) or F32 scalar
 *   weight_scale_2  F32 scalar (NVFP4): factor of all values
 * </pre>
 */
final class ModelOptLayout implements WeightLayout {
    static final ModelOptLayout ANY = new ModelOptLayout();

    private ModelOptLayout() {}

    @Override
    public String name() {
        return "modelopt";
    }

    @Override
    public boolean reads(QuantizationConfig config) {
        return config.method().equals("modelopt");
    }

    @Override
    public String describe(QuantizationConfig config) {
        return "ModelOpt, " + config.text("quant_algo").or(() -> config.json().get("quantization").flatMap(inner -> inner.get("quant_algo"))
                .map(Json::string)).orElse("unknown algorithm");
    }

    @Override
    public List<String> suffixes() {
        return List.of(".weight_scale");
    }

    @Override
    public StoredWeight find(ComponentTensors parts, QuantizationConfig config) {
        if (!parts.has("weight_scale_2")) {
            return new GroupedWeight(new ByteCodes(parts, "weight_scale", 0, 0), List.of());
        }
        float factor = parts.finite("weight_scale_2", parts.counted("weight_scale_2", 1, Plain.F32)).at(0);
        return SmallFloats.nvfp4(parts, "weight", "weight_scale", factor);
    }

    @Override
    public Map<String, Object> config(Codec codec, boolean reordered, List<String> plain) {
        check("the model", codec);
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("quant_method", "modelopt");
        config.put("quant_algo", "NVFP4");
        config.put("group_size", 16);
        config.put("exclude_modules", plain);
        return config;
    }

    private static void check(String name, Codec codec) {
        WeightLayouts.held(name, codec, Codec.class, NVFP4.NVFP4::equals, "this layout is written in NVFP4 only");
    }

    @Override
    public List<TensorInfo> parts(TensorInfo module, QuantizationConfig config) {
        check(module.name(), module.codec());
        List<TensorInfo> parts = new ArrayList<>(SmallFloats.parts(module, "weight", "weight_scale"));
        parts.add(new TensorInfo(module.name() + ".weight_scale_2", Plain.F32, Shape.of()));
        return parts;
    }

    @Override
    public void write(Weight weight, String module, QuantizationConfig config, CheckpointWriter file) throws IOException {
        List<TensorInfo> parts = parts(new TensorInfo(module, weight.values().codec(), weight.values().shape()), config);
        try (Arena arena = Arena.ofConfined()) {
            ComponentWriter writer = new ComponentWriter(parts, arena, file);
            SmallFloats.write(weight.values(), writer.bytes(0), writer.bytes(1));
            writer.bytes(2).set(FLOAT, 0, SmallFloats.factor(weight, module));
            writer.write();
        }
    }
}

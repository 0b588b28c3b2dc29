package dev.nibble.core.layout;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.nibble.core.checkpoint.CheckpointWriter;
import dev.nibble.core.codec.LevelTable;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.codec.ScaleFormat;
import dev.nibble.core.codec.ScaledLevels;
import dev.nibble.core.tensor.ActivationQuantization;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.core.tensor.Weight;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * bitsandbytes: NF4 and FP4 ({@link BitsAndBytesBlocks}) and LLM.int8().
 *
 * <pre>
 *   4 bits   weight U8 [out × in / 2, 1], weight.absmax, weight.quant_map, weight.quant_state.bitsandbytes__nf4 …
 *   8 bits   weight I8 [out, in], SCB F32 [out], weight_format U8 scalar (0: rows)
 *            weight = code × SCB × 1/127
 * </pre>
 *
 * Written with scales in F32; nested scales are read only.
 */
final class BitsAndBytesLayout implements WeightLayout {
    static final BitsAndBytesLayout ANY = new BitsAndBytesLayout();

    private static final double DEFAULT_THRESHOLD = 6;
    private static final String STATE = "weight.quant_state.bitsandbytes__";

    private BitsAndBytesLayout() {}

    @Override
    public String name() {
        return "bitsandbytes";
    }

    @Override
    public boolean reads(QuantizationConfig config) {
        return config.method().equals("bitsandbytes");
    }

    @Override
    public String describe(QuantizationConfig config) {
        if (config.flag("load_in_8bit", false) || config.flag("_load_in_8bit", false)) {
            return "bitsandbytes, LLM.int8(), one scale per row";
        }
        return "bitsandbytes, %s%s".formatted(config.text("bnb_4bit_quant_type").orElse("fp4"),
                config.flag("bnb_4bit_use_double_quant", false) ? ", nested scales" : "");
    }

    @Override
    public List<String> suffixes() {
        return List.of("." + STATE + "nf4", "." + STATE + "fp4", ".SCB");
    }

    @Override
    public StoredWeight find(ComponentTensors parts, QuantizationConfig config) {
        if (!parts.has("SCB")) {
            LevelTable levels = parts.has(STATE + "nf4") ? LevelTable.NF4 : LevelTable.FP4;
            return new GroupedWeight(new BitsAndBytesBlocks(parts, levels, STATE + levels.name().toLowerCase(Locale.ROOT)), List.of());
        }
        if (parts.has("weight_format") && parts.counted("weight_format", 1, Plain.U8).data().get(JAVA_BYTE, 0) != 0) {
            throw new UnsupportedException(
                    parts.module() + ": LLM.int8() in the order of a GPU's tiles; save it again with a newer bitsandbytes");
        }
        return new GroupedWeight(ByteCodes.llmInt8(parts), List.of(), rounding(config));
    }

    /** A threshold of 0 disables outliers. */
    private static ActivationQuantization rounding(QuantizationConfig config) {
        double threshold = config.json().get("llm_int8_threshold").map(json -> json.real(0, Float.MAX_VALUE))
                .orElse(DEFAULT_THRESHOLD);
        return new ActivationQuantization.OutlierAware(threshold > 0 ? (float) threshold : Float.POSITIVE_INFINITY);
    }

    @Override
    public Map<String, Object> config(Codec codec, boolean reordered, List<String> plain) {
        ScaledLevels levels = check("the model", codec);
        if (reordered) {
            throw new UnsupportedException("bitsandbytes has no act-order");
        }
        boolean eight = levels.levels().equals(LevelTable.INT8);
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("quant_method", "bitsandbytes");
        config.put("load_in_8bit", eight);
        config.put("load_in_4bit", !eight);
        config.put("llm_int8_threshold", DEFAULT_THRESHOLD);
        config.put("llm_int8_skip_modules", plain);
        if (!eight) {
            config.put("bnb_4bit_quant_type", type(levels));
            config.put("bnb_4bit_use_double_quant", false);
            config.put("bnb_4bit_compute_dtype", "float32");
            config.put("bnb_4bit_quant_storage", "uint8");
        }
        return config;
    }

    private static String type(ScaledLevels levels) {
        return levels.levels().name().toLowerCase(Locale.ROOT);
    }

    private static ScaledLevels check(String name, Codec codec) {
        return WeightLayouts.held(name, codec, ScaledLevels.class, levels -> !levels.levels().equals(LevelTable.FP8),
                "bitsandbytes holds NF4, FP4 and INT8");
    }

    @Override
    public List<TensorInfo> parts(TensorInfo module, QuantizationConfig config) {
        ScaledLevels codec = check(module.name(), module.codec());
        String name = module.name() + ".";
        if (codec.levels().equals(LevelTable.INT8)) {
            if (codec.groupSize() != module.shape().columns()) {
                throw new UnsupportedException(module.name() + ": LLM.int8() has one scale per row, not one for " + codec.groupSize());
            }
            return List.of(new TensorInfo(name + "weight", Plain.I8, module.shape()),
                    new TensorInfo(name + "SCB", Plain.F32, Shape.of(module.shape().rows())),
                    new TensorInfo(name + "weight_format", Plain.U8, Shape.of()));
        }
        long count = module.shape().count();
        return List.of(new TensorInfo(name + "weight", Plain.U8, Shape.of(Math.ceilDiv(count, 2), 1)),
                new TensorInfo(name + "weight.absmax", Plain.F32, Shape.of(count / codec.groupSize())),
                new TensorInfo(name + "weight.quant_map", Plain.F32, Shape.of(16)),
                new TensorInfo(name + STATE + type(codec), Plain.U8, Shape.of(state(codec, module.shape()).length)));
    }

    private static byte[] state(ScaledLevels codec, Shape shape) {
        return "{\"quant_type\": \"%s\", \"blocksize\": %d, \"dtype\": \"float32\", \"shape\": [%d, %d]}"
                .formatted(type(codec), codec.groupSize(), shape.rows(), shape.columns()).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void write(Weight weight, String module, QuantizationConfig config, CheckpointWriter file) throws IOException {
        ScaledLevels codec = check(module, weight.values().codec());
        List<TensorInfo> parts = parts(new TensorInfo(module, codec, weight.values().shape()), config);
        BlockRows rows = new BlockRows(weight, module, codec.groupSize());
        if (rows.isReordered()) {
            throw new UnsupportedException(module + ": its columns are in another order, which bitsandbytes cannot store");
        }
        try (Arena arena = Arena.ofConfined()) {
            ComponentWriter writer = new ComponentWriter(parts, arena, file);
            byte[] row = new byte[rows.columns()];
            for (int output = 0; output < rows.rows(); output++) {
                rows.codes(output, row);
                if (codec.levels().equals(LevelTable.INT8)) {
                    writer.bytes(0, (long) output * row.length, row);
                } else {
                    BitsAndBytesBlocks.pack(row, writer.bytes(0), (long) output * row.length);
                }
                for (int group = 0; group < rows.groupCount(); group++) {
                    writer.scale(1, ScaleFormat.F32, (long) output * rows.groupCount() + group, rows.scale(output, group));
                }
            }
            if (!codec.levels().equals(LevelTable.INT8)) {
                for (int code = 0; code < 16; code++) {
                    writer.scale(2, ScaleFormat.F32, code, codec.levels().level(code));
                }
                writer.bytes(3, 0, state(codec, weight.values().shape()));
            }
            writer.write();
        }
    }
}

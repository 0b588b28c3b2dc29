package dev.nibble.core.layout;

import dev.nibble.core.checkpoint.CheckpointWriter;
import dev.nibble.core.codec.MXFP4;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Shape;
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
 * MXFP4 of gpt-oss: the matrices of all experts in one tensor.
 *
 * <pre>
 *   …_blocks  U8 [experts, out, in / 32, 16]  codes in pairs, the even element in the low half
 *   …_scales  U8 [experts, out, in / 32]      exponents, E8M0
 *   weight [experts, out, in] = 2^(exponent − 127) × E2M1
 * </pre>
 *
 * A single matrix has one dimension less.
 */
final class Mxfp4Layout implements WeightLayout {
    static final Mxfp4Layout STACKED = new Mxfp4Layout();

    private static final String CODES = "blocks";
    private static final String SCALES = "scales";

    private Mxfp4Layout() {}

    @Override
    public String name() {
        return "mxfp4";
    }

    @Override
    public boolean reads(QuantizationConfig config) {
        return config.method().equals("mxfp4");
    }

    @Override
    public String describe(QuantizationConfig config) {
        return "MXFP4, blocks of 32 4-bit floats times a power of two";
    }

    @Override
    public List<String> suffixes() {
        return List.of(separator() + CODES);
    }

    @Override
    public String separator() {
        return "_";
    }

    @Override
    public StoredWeight find(ComponentTensors parts, QuantizationConfig config) {
        return SmallFloats.stacked(parts, CODES, SCALES);
    }

    @Override
    public Map<String, Object> config(Codec codec, boolean reordered, List<String> plain) {
        check("the model", codec);
        if (reordered) {
            throw new UnsupportedException("MXFP4 has no act-order");
        }
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("quant_method", "mxfp4");
        config.put("modules_to_not_convert", plain);
        return config;
    }

    private static void check(String name, Codec codec) {
        WeightLayouts.held(name, codec, Codec.class, MXFP4.MXFP4::equals, "the layout holds MXFP4");
    }

    @Override
    public List<TensorInfo> parts(TensorInfo module, QuantizationConfig config) {
        check(module.name(), module.codec());
        List<Long> scales = new ArrayList<>(module.shape().dimensions());
        scales.set(scales.size() - 1, module.shape().columns() / module.codec().blockSize());
        List<Long> codes = new ArrayList<>(scales);
        codes.add(module.codec().blockSize() / 2L);
        String name = module.name() + separator();
        return List.of(new TensorInfo(name + CODES, Plain.U8, new Shape(codes)),
                new TensorInfo(name + SCALES, Plain.U8, new Shape(scales)));
    }

    @Override
    public void write(Weight weight, String module, QuantizationConfig config, CheckpointWriter file) throws IOException {
        List<TensorInfo> parts = parts(new TensorInfo(module, weight.values().codec(), weight.values().shape()), config);
        if (!weight.inputTransforms().isEmpty() || !weight.outputTransforms().isEmpty()) {
            throw new UnsupportedException(module + ": its input or output is transformed, which the layout cannot store");
        }
        try (Arena arena = Arena.ofConfined()) {
            ComponentWriter writer = new ComponentWriter(parts, arena, file);
            SmallFloats.write(weight.values(), writer.bytes(0), writer.bytes(1));
            writer.write();
        }
    }
}

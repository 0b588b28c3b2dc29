package dev.nibble.core.layout;

import static dev.nibble.core.tensor.LittleEndian.INT;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nibble.core.codec.Plain;
import dev.nibble.core.tensor.ActivationQuantization;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.Weight;
import dev.nibble.error.MalformedFileException;
import dev.nibble.error.UnsupportedException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Small files of variants that are read but not written, and of refused ones, value by value. */
class LayoutVariantsTest {
    private static final String MODULE = "layer";

    private static QuantizationConfig config(String json) {
        return QuantizationConfig.parse(Path.of("config.json"), json.replace('\'', '"'));
    }

    private static Tensor words(Shape shape, int... words) {
        MemorySegment data = Arena.ofAuto().allocate(4L * words.length);
        for (int i = 0; i < words.length; i++) {
            data.set(INT, 4L * i, words[i]);
        }
        return new Tensor(Plain.I32, shape, data);
    }

    private static Tensor bytes(Shape shape, int... bytes) {
        MemorySegment data = Arena.ofAuto().allocate(bytes.length);
        for (int i = 0; i < bytes.length; i++) {
            data.set(JAVA_BYTE, i, (byte) bytes[i]);
        }
        return new Tensor(Plain.I8, shape, data);
    }

    private static float[] row(Weight weight, int row) {
        float[] numbers = new float[(int) weight.values().columns()];
        weight.read(row, numbers, 0);
        return numbers;
    }

    @Test
    void readsAwqForProductsWithAVector() {
        PartsInMemory parts = PartsInMemory.declared(List.of());
        parts.put(MODULE + ".qweight", words(Shape.of(2, 2), 0x76543210, 0xFEDCBA98, 0x11111111, 0x22222222));
        parts.put(MODULE + ".qzeros", words(Shape.of(2, 1), 0x99999983, 0x00000071));
        parts.put(MODULE + ".scales", Plain.F16, Shape.of(2, 8), 0.5f, 2, 9, 9, 9, 9, 9, 9, 1, 0.25f, 9, 9, 9, 9, 9, 9);
        QuantizationConfig config = config("{'quant_method':'awq','version':'gemv','group_size':8}");
        Weight weight = AwqLayout.GEMM.find(new ComponentTensors(parts, MODULE), config).read(Arena.ofAuto());
        assertThat(row(weight, 0)).containsExactly(-1.5f, -1, -0.5f, 0, 0.5f, 1, 1.5f, 2, 0, 2, 4, 6, 8, 10, 12, 14);
        assertThat(row(weight, 1)).containsExactly(0, 0, 0, 0, 0, 0, 0, 0, -1.25f, -1.25f, -1.25f, -1.25f, -1.25f, -1.25f, -1.25f, -1.25f);
        parts.put(MODULE + ".scales", Plain.F16, Shape.of(2, 1), 1, 1);
        assertThatThrownBy(() -> AwqLayout.GEMM.find(new ComponentTensors(parts, MODULE), config))
                .isInstanceOf(MalformedFileException.class)
                .hasMessageContaining("2 groups of 8");
        assertThatThrownBy(() -> AwqLayout.GEMM.find(new ComponentTensors(parts, MODULE),
                config("{'quant_method':'awq','version':'gemv_fast'}"))).isInstanceOf(UnsupportedException.class)
                .hasMessageContaining("gemv_fast");
    }

    @Test
    void readsHowInputsAreRounded() {
        PartsInMemory parts = PartsInMemory.declared(List.of());
        parts.put(MODULE + ".weight", bytes(Shape.of(1, 2), -128, 127));
        parts.put(MODULE + ".weight_scale", Plain.F32, Shape.of(1, 1), 0.5f);
        String format = "{'quant_method':'compressed-tensors','format':'int-quantized','config_groups':{'g':{'weights':{'num_bits':8},"
                + "'input_activations':{'num_bits':8,'type':'int','symmetric':%s,'dynamic':%s}}}}";
        assertThat(rounding(parts, format.formatted(true, true))).isEqualTo(new ActivationQuantization.PerToken(true));
        assertThat(rounding(parts, format.formatted(false, true))).isEqualTo(new ActivationQuantization.PerToken(false));
        assertThatThrownBy(() -> rounding(parts, format.formatted(true, false))).isInstanceOf(MalformedFileException.class)
                .hasMessageContaining("layer.input_scale");
        parts.put(MODULE + ".input_scale", Plain.F32, Shape.of(1), 0.25f);
        assertThat(rounding(parts, format.formatted(true, false))).isEqualTo(new ActivationQuantization.PerTensor(0.25f, 0));
        parts.put(MODULE + ".input_zero_point", bytes(Shape.of(1), -7));
        assertThat(rounding(parts, format.formatted(false, false))).isEqualTo(new ActivationQuantization.PerTensor(0.25f, -7));
        parts.put(MODULE + ".input_scale", Plain.F32, Shape.of(1), 0);
        assertThatThrownBy(() -> rounding(parts, format.formatted(true, false))).isInstanceOf(MalformedFileException.class)
                .hasMessageContaining("expected more than 0");
    }

    @Test
    void readsTheThresholdOfOutliers() {
        PartsInMemory parts = PartsInMemory.declared(List.of());
        parts.put(MODULE + ".weight", bytes(Shape.of(1, 2), -127, 1));
        parts.put(MODULE + ".SCB", Plain.F32, Shape.of(1), 2);
        assertThat(rounding(parts, "{'quant_method':'bitsandbytes'}")).isEqualTo(ActivationQuantization.LLM_INT8);
        assertThat(rounding(parts, "{'quant_method':'bitsandbytes','llm_int8_threshold':3.5}"))
                .isEqualTo(new ActivationQuantization.OutlierAware(3.5f));
        assertThat(rounding(parts, "{'quant_method':'bitsandbytes','llm_int8_threshold':0.0}"))
                .isEqualTo(new ActivationQuantization.OutlierAware(Float.POSITIVE_INFINITY));
    }

    private static ActivationQuantization rounding(PartsInMemory parts, String json) {
        QuantizationConfig config = config(json);
        return WeightLayouts.of(config).find(new ComponentTensors(parts, MODULE), config).read(Arena.ofAuto()).inputQuantization();
    }

    /** Indices wrap around: byte −1 is vector 255. */
    @Test
    void readsAqlm() {
        float[] vectors = new float[256 * 8];
        for (int i = 0; i < vectors.length; i++) {
            vectors[i] = i;
        }
        PartsInMemory parts = PartsInMemory.declared(List.of());
        parts.put(MODULE + ".codes", bytes(Shape.of(1, 2, 1), -1, 3));
        parts.put(MODULE + ".codebooks", Plain.F16, Shape.of(1, 256, 1, 8), vectors);
        parts.put(MODULE + ".scales", Plain.F16, Shape.of(1, 1, 1, 1), 0.5f);
        QuantizationConfig config = config("{'quant_method':'aqlm'}");
        Weight weight = AqlmLayout.ANY.find(new ComponentTensors(parts, MODULE), config).read(Arena.ofAuto());
        assertThat(row(weight, 0)).containsExactly(1020, 1020.5f, 1021, 1021.5f, 1022, 1022.5f, 1023, 1023.5f, 12, 12.5f, 13, 13.5f, 14,
                14.5f, 15, 15.5f);
        parts.put(MODULE + ".codebooks", Plain.F16, Shape.of(1, 256, 2, 4), vectors);
        assertThatThrownBy(() -> AqlmLayout.ANY.find(new ComponentTensors(parts, MODULE), config)).isInstanceOf(UnsupportedException.class)
                .hasMessageContaining("vectors of 2×4");
    }

    @Test
    void refusesCodesThatItDoesNotKnow() {
        PartsInMemory parts = PartsInMemory.declared(List.of());
        MemorySegment five = Arena.ofAuto().allocate(8);
        five.set(JAVA_BYTE, 0, (byte) 5);
        parts.put(MODULE + ".codebook_id", new Tensor(Plain.I64, Shape.of(), five));
        QuantizationConfig config = config("{'quip_params':{'codebook':'E8P12'}}");
        assertThat(WeightLayouts.of(config)).isSameAs(QuipLayout.E8);
        assertThatThrownBy(() -> QuipLayout.E8.find(new ComponentTensors(parts, MODULE), config)).isInstanceOf(UnsupportedException.class)
                .hasMessageContaining("codebook_id 5").hasMessageContaining("7, 17, 18");
    }

    @ParameterizedTest
    @ValueSource(strings = {"vptq", "spqr"})
    void saysWhichMethodIsNotRead(String method) {
        QuantizationConfig config = config("{'quant_method':'" + method + "'}");
        assertThatThrownBy(() -> WeightLayouts.of(config)).isInstanceOf(UnsupportedException.class)
                .hasMessageContaining("weights quantized with " + method + ";").hasMessageContaining("Nibble reads gptq");
    }
}

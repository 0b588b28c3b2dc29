package dev.nibble.core.layout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nibble.core.SharedMaterial;
import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.checkpoint.safetensors.Safetensors;
import dev.nibble.core.codec.GroupAffine;
import dev.nibble.core.codec.LevelTable;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.codec.ScaledLevels;
import dev.nibble.core.tensor.Importance;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.core.tensor.Weight;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes written by AutoGPTQ, AutoAWQ, bitsandbytes, HQQ and compressed-tensors: read to their own values, written to their own bytes. */
@Tag("shared")
class GoldenLayoutsTest {
    private static final String MODULE = "layer";
    private static final Path FOLDER = Path.of("golden/checkpoint-layouts");

    @ParameterizedTest
    @CsvSource({"gptq_down_b2_g64_asym,2,64,false", "gptq_q_b2_g64_asym,2,64,false", "gptq_down_b3_g128_asym,3,128,false",
        "gptq_q_b3_g128_asym,3,128,false", "gptq_down_b4_g32_asym,4,32,false", "gptq_q_b4_g32_asym,4,32,false",
        "gptq_down_b4_g128_sym,4,128,true", "gptq_q_b4_g128_sym,4,128,true", "gptq_down_b8_g128_sym,8,128,true",
        "gptq_q_b8_g128_sym,8,128,true"})
    void gptq(String name, int bits, int group, boolean symmetric) throws IOException {
        try (Checkpoint file = open(name); Arena arena = Arena.ofConfined()) {
            QuantizationConfig config = config(
                    "{'quant_method':'gptq','bits':%d,'group_size':%d,'sym':%b}".formatted(bits, group, symmetric));
            PartsInMemory parts = parts(file, "qweight", "qzeros", "scales", "g_idx");
            Weight weight = GptqLayout.V1.find(new ComponentTensors(parts, MODULE), config).read(arena);
            assertThat(weight.values().codec()).isEqualTo(GroupAffine.of(bits, group, symmetric
                    ? GroupAffine.Zero.NONE
                    : GroupAffine.Zero.INTEGER));
            Tensor scales = file.tensor("scales");
            float[] expected = numbers(file.tensor("gptq_dequant_f32")); // with F32 scales; the codes are the nearest
            float[] zeros = numbers(file.tensor("zeros_f32"));
            float[] scale = numbers(scales);
            float[] full = numbers(file.tensor("scales_f32"));
            int columns = (int) weight.values().columns();
            int groups = (int) scales.rows();
            float[] row = new float[columns];
            for (int n = 0; n < weight.values().rows(); n++) {
                weight.read(n, row, 0);
                for (int k = 0; k < columns; k++) {
                    int g = k / group;
                    float code = Math.round(expected[n * columns + k] / full[n * groups + g]) + zeros[n * groups + g];
                    assertThat(row[k]).isEqualTo((code - zeros[n * groups + g]) * scale[g * (int) scales.columns() + n]);
                }
            }
            assertWritten(GptqLayout.V1, config, weight, parts);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"awq_gemm_down_b4_g128", "awq_gemm_down_b4_g32", "awq_gemm_q_b4_g128", "awq_gemm_q_b4_g32"})
    void awq(String name) throws IOException {
        try (Checkpoint file = open(name); Arena arena = Arena.ofConfined()) {
            QuantizationConfig config = config("{'quant_method':'awq','bits':4,'group_size':%s,'version':'gemm'}"
                    .formatted(name.substring(name.indexOf("_g", 8) + 2)));
            PartsInMemory parts = parts(file, "qweight", "qzeros", "scales");
            Weight weight = AwqLayout.GEMM.find(new ComponentTensors(parts, MODULE), config).read(arena);
            float[] expected = numbers(file.tensor("dequant_in_out_f32"));
            int rows = (int) weight.values().rows();
            float[] row = new float[(int) weight.values().columns()];
            for (int n = 0; n < rows; n++) {
                weight.read(n, row, 0);
                for (int k = 0; k < row.length; k++) {
                    assertThat(row[k]).isEqualTo(expected[k * rows + n]);
                }
            }
            assertWritten(AwqLayout.GEMM, config, weight, parts);
        }
    }

    /** AutoAWQ's own conversion to GPTQ gives the same codes and zero points. */
    @ParameterizedTest
    @ValueSource(strings = {"down_b4_g128", "down_b4_g32", "q_b4_g128", "q_b4_g32"})
    void awqBecomesGptq(String name) throws IOException {
        try (Checkpoint file = open("awq_to_exllama_gptq_" + name);
                Checkpoint original = open("awq_gemm_" + name);
                Arena arena = Arena.ofConfined()) {
            String group = name.substring(name.indexOf("_g") + 2);
            PartsInMemory parts = new PartsInMemory().put(MODULE + ".qweight", file.tensor("qweight_awq"))
                    .put(MODULE + ".qzeros", file.tensor("qzeros_awq")).put(MODULE + ".scales", original.tensor("scales"));
            Weight weight = AwqLayout.GEMM
                    .find(new ComponentTensors(parts, MODULE), config("{'quant_method':'awq','group_size':" + group + "}")).read(arena);
            PartsInMemory written = written(GptqLayout.V2,
                    config("{'quant_method':'gptq','checkpoint_format':'gptq_v2','group_size':" + group + "}"), weight);
            assertThat(written.tensor(MODULE + ".qweight").data().mismatch(file.tensor("qweight_gptq").data())).isEqualTo(-1);
            MemorySegment zeros = written.tensor(MODULE + ".qzeros").data();
            MemorySegment lessOne = file.tensor("qzeros_gptq_minus1").data();
            for (long i = 0; i < zeros.byteSize(); i += Integer.BYTES) {
                int field = zeros.get(ValueLayout.JAVA_INT_UNALIGNED, i);
                for (int shift = 0; shift < 32; shift += 4) { // AutoAWQ subtracts field by field
                    int expected = lessOne.get(ValueLayout.JAVA_INT_UNALIGNED, i) >>> shift & 15;
                    assertThat((field >>> shift) - 1 & 15).isEqualTo(expected);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"bnb_nf4_down_bs64,nf4", "bnb_nf4_q_bs64,nf4", "bnb_fp4_down_bs64,fp4", "bnb_fp4_q_bs64,fp4"})
    void bitsAndBytes(String name, String type) throws IOException {
        try (Checkpoint file = open(name); Arena arena = Arena.ofConfined()) {
            QuantizationConfig config = config("{'quant_method':'bitsandbytes','load_in_4bit':true}");
            Shape shape = file.info("dequant_f32").shape();
            PartsInMemory plain = new PartsInMemory().put(MODULE + ".weight", file.tensor("packed"))
                    .put(MODULE + ".weight.absmax", file.tensor("absmax")).put(MODULE + ".weight.quant_map", file.tensor("quant_map"));
            PartsInMemory nested = plain.copy();
            putState(plain, type, "{\"quant_type\": \"%s\", \"blocksize\": 64, \"dtype\": \"float32\", \"shape\": [%d, %d]}"
                    .formatted(type, shape.rows(), shape.columns()));
            Weight weight = BitsAndBytesLayout.ANY.find(new ComponentTensors(plain, MODULE), config).read(arena);
            assertThat(weight.values().codec().name()).isEqualToIgnoringCase(type + "-B64");
            assertThat(numbers(weight)).isEqualTo(numbers(file.tensor("dequant_f32")));
            assertWritten(BitsAndBytesLayout.ANY, config, weight, plain);

            float offset = numbers(file.tensor("nested_offset"))[0];
            nested.put(MODULE + ".weight.absmax", file.tensor("nested_absmax_u8"))
                    .put(MODULE + ".weight.nested_absmax", file.tensor("nested_absmax2"))
                    .put(MODULE + ".weight.nested_quant_map", file.tensor("nested_quant_map"));
            putState(nested, type, "{\"blocksize\": 64, \"shape\": [%d, %d], \"nested_blocksize\": 256, \"nested_offset\": %s}"
                    .formatted(shape.rows(), shape.columns(), (double) offset));
            Weight twice = BitsAndBytesLayout.ANY.find(new ComponentTensors(nested, MODULE), config).read(arena);
            assertThat(numbers(twice)).isEqualTo(numbers(file.tensor("dequant_nested_f32")));
        }
    }

    private static void putState(PartsInMemory parts, String type, String json) {
        byte[] text = json.getBytes(StandardCharsets.UTF_8);
        parts.put(MODULE + ".weight.quant_state.bitsandbytes__" + type,
                new Tensor(Plain.U8, Shape.of(text.length), MemorySegment.ofArray(text)));
    }

    /** Nibble's quantization gives the codes and scales of bitsandbytes. */
    @ParameterizedTest
    @CsvSource({"bnb_nf4_down_bs64,down", "bnb_nf4_q_bs64,q", "bnb_fp4_down_bs64,down", "bnb_fp4_q_bs64,q"})
    void bitsAndBytesRounding(String name, String base) throws IOException {
        try (Checkpoint file = open(name); Checkpoint original = open("base_" + base)) {
            LevelTable levels = name.contains("nf4") ? LevelTable.NF4 : LevelTable.FP4;
            ScaledLevels codec = new ScaledLevels(levels, 64);
            float[] numbers = numbers(original.tensor("weight"));
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = Float.float16ToFloat(Float.floatToFloat16(numbers[i]));
            }
            MemorySegment data = MemorySegment.ofArray(new byte[(int) codec.bytes(numbers.length)]);
            codec.encode(numbers, 0, numbers.length, Importance.EQUAL, data, 0);
            float[] decoded = new float[numbers.length];
            codec.decode(data, 0, decoded, 0, decoded.length);
            assertThat(decoded).isEqualTo(numbers(file.tensor("dequant_f32")));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void compressedTensorsPacking(int bits) throws IOException {
        try (Checkpoint file = open("compressed_tensors_pack")) {
            Tensor signed = file.tensor("int" + bits);
            PackedInts words = PackedInts.of(file.tensor("packed_" + bits));
            byte[] codes = new byte[(int) signed.columns()];
            PackedInts written = new PackedInts(MemorySegment.ofArray(new byte[(int) words.data().byteSize()]), words.rows(),
                    words.columns());
            float[] expected = numbers(signed);
            for (int row = 0; row < signed.rows(); row++) {
                words.readAlong(row, bits, codes, codes.length);
                for (int i = 0; i < codes.length; i++) {
                    assertThat((codes[i] & 0xFF) - (1 << (bits - 1))).isEqualTo((int) expected[row * codes.length + i]);
                }
                written.writeAlong(row, bits, codes, codes.length);
            }
            assertThat(written.data().mismatch(words.data())).isEqualTo(-1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 8})
    void compressedTensorsZeroPoints(int bits) throws IOException {
        try (Checkpoint file = open("compressed_tensors_pack")) {
            Tensor signed = file.tensor("int" + bits);
            PackedInts words = PackedInts.of(file.tensor("packed_" + bits + "_dim0"));
            byte[] fields = new byte[(int) signed.rows()];
            float[] expected = numbers(signed);
            for (int column = 0; column < signed.columns(); column++) {
                words.readDown(column, bits, fields, fields.length);
                for (int i = 0; i < fields.length; i++) {
                    assertThat((fields[i] & 0xFF) - (1 << (bits - 1))).isEqualTo((int) expected[i * words.columns() + column]);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 8})
    void hqqPacking(int bits) throws IOException {
        try (Checkpoint file = open("hqq_bitpack")) {
            HqqPacking packing = new HqqPacking(bits, 80, 24);
            Tensor values = file.tensor("values_" + packing.name());
            Tensor packed = file.tensor("packed_" + packing.name());
            assertThat(packed.rows()).isEqualTo(packing.packedRows());
            float[] expected = numbers(values);
            MemorySegment written = MemorySegment.ofArray(new byte[(int) packed.data().byteSize()]);
            byte[] codes = new byte[24];
            for (int group = 0; group < 80; group++) {
                packing.read(packed.data(), group, codes, 0);
                for (int i = 0; i < codes.length; i++) {
                    assertThat(codes[i] & 0xFF).isEqualTo((int) expected[group * 24 + i]);
                }
                packing.write(written, group, codes, 0);
            }
            assertThat(written.mismatch(packed.data())).isEqualTo(-1);
        }
    }

    /** GPTQ's act-order with static groups keeps groups together, so its g_idx equals that without act-order. */
    @Test
    void staticGroupsNeedNoPermutation() throws IOException {
        try (Checkpoint file = open("gptq_q_b4_g128_asym_actorder_static")) {
            float[] groups = numbers(file.tensor("g_idx"));
            assertThat(IntStream.range(0, groups.length).allMatch(i -> groups[i] == i / 128)).isTrue();
        }
    }

    private static Checkpoint open(String name) throws IOException {
        return Safetensors.open(SharedMaterial.path(FOLDER.resolve(name + ".safetensors").toString()));
    }

    private static QuantizationConfig config(String json) {
        return QuantizationConfig.parse(Path.of("config.json"), json.replace('\'', '"'));
    }

    private static PartsInMemory parts(Checkpoint file, String... names) {
        PartsInMemory parts = new PartsInMemory();
        Stream.of(names).forEach(name -> parts.put(MODULE + "." + name, file.tensor(name)));
        return parts;
    }

    private static PartsInMemory written(WeightLayout layout, QuantizationConfig config, Weight weight) throws IOException {
        PartsInMemory written = PartsInMemory.declared(
                layout.parts(new TensorInfo(MODULE, weight.values().codec(), weight.values().shape()), config));
        layout.write(weight, MODULE, config, written);
        return written;
    }

    private static void assertWritten(WeightLayout layout, QuantizationConfig config, Weight weight, PartsInMemory expected)
            throws IOException {
        PartsInMemory written = written(layout, config, weight);
        assertThat(written.names()).containsExactlyInAnyOrderElementsOf(expected.names());
        for (String name : expected.names()) {
            assertThat(written.info(name)).isEqualTo(expected.info(name));
            assertThat(written.tensor(name).data().mismatch(expected.tensor(name).data())).as(name).isEqualTo(-1);
        }
    }

    private static float[] numbers(Weight weight) {
        int columns = (int) weight.values().columns();
        float[] numbers = new float[(int) weight.values().shape().count()];
        for (int row = 0; row < weight.values().rows(); row++) {
            weight.read(row, numbers, row * columns);
        }
        return numbers;
    }

    private static float[] numbers(Tensor tensor) {
        float[] numbers = new float[(int) tensor.shape().count()];
        tensor.codec().decode(tensor.data(), 0, numbers, 0, numbers.length);
        return numbers;
    }
}

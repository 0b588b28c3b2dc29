package dev.nibble.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.checkpoint.open.Checkpoints;
import dev.nibble.core.layout.QuantizedCheckpoint;
import dev.nibble.core.recipe.Scheme;
import dev.nibble.core.recipe.Schemes;
import dev.nibble.core.tensor.ActivationQuantization;
import dev.nibble.core.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.json.JsonMapper;

/** {@code nibble quantize --scheme} on the bundled model. */
class SchemeCommandTest {
    private static final String LAYER = "model.layers.0.mlp.down_proj.";
    private static final float[] E2M1 = {0, 0.5f, 1, 1.5f, 2, 3, 4, 6};
    private static final List<String> SOME = List.of("W4A16_ASYM", "W8A8", "W8A8_STATIC", "FP8_BLOCK", "NVFP4A16");
    @TempDir
    Path folder;

    private Path model;

    @BeforeEach
    void unpack() throws IOException {
        model = folder.resolve("model");
        DemoModel.unpack(model);
    }

    static List<String> others() {
        List<String> all = Schemes.ALL.stream().map(Scheme::name).toList();
        assertThat(all).containsAll(SOME);
        return all.stream().filter(name -> !SOME.contains(name)).toList();
    }

    private Run quantize(String out, Object... arguments) {
        List<Object> all = new ArrayList<>(
                List.of("quantize", model, "-o", folder.resolve(out), "--samples", 4, "--seqlen", 64, "--force"));
        all.addAll(List.of(arguments));
        return Run.nibble(all.toArray());
    }

    private double divergence(String out) {
        Run run = Run.nibble("compare", model, folder.resolve(out), "-f", model.resolve("stories.txt"), "--ctx", 64, "--chunks", 4,
                "--threads", 2, "--json");
        assertThat(run.exitCode()).as(run.err()).isZero();
        return JsonMapper.builder().build().readTree(run.out()).get("models").get(0).get("mean_kl").asDouble();
    }

    @ParameterizedTest
    @FieldSource("SOME")
    void someSchemesMakeDirectoriesThatRun(String scheme) throws IOException {
        makesADirectoryThatRuns(scheme);
    }

    @ParameterizedTest
    @MethodSource("others")
    @Tag("thorough")
    void otherSchemesMakeDirectoriesThatRun(String scheme) throws IOException {
        makesADirectoryThatRuns(scheme);
    }

    private void makesADirectoryThatRuns(String scheme) throws IOException {
        assertThat(quantize("rounded", "--method", "rtn", "--scheme", scheme).exitCode()).isZero();
        assertThat(quantize("one", "--method", "gptq", "--scheme", scheme, "--threads", 1).exitCode()).isZero();
        assertThat(quantize("three", "--method", "gptq", "--scheme", scheme, "--threads", 3).exitCode()).isZero();
        assertThat(Files.mismatch(folder.resolve("one/model.safetensors"), folder.resolve("three/model.safetensors"))).isEqualTo(-1);
        double min = scheme.contains("STATIC") ? 0.02 : scheme.contains("8") ? 0.003 : 0.06;
        assertThat(divergence("rounded")).as("mean KL").isBetween(0.0, min);
        assertThat(divergence("one")).as("mean KL by gptq").isBetween(0.0, min);
    }

    @ParameterizedTest
    @CsvSource({"W4A16,pack-quantized,group_size\" : 128", "W4A16_ASYM,pack-quantized,symmetric\" : false",
        "W8A16,pack-quantized,strategy\" : \"channel", "W8A8,int-quantized,strategy\" : \"token",
        "W8A8_STATIC,int-quantized,dynamic\" : false", "W8A8_STATIC,int-quantized,strategy\" : \"tensor",
        "FP8_DYNAMIC,float-quantized,strategy\" : \"token",
        "FP8_BLOCK,float-quantized,block_structure", "NVFP4A16,nvfp4-pack-quantized,tensor_group",
        "MXFP4A16,mxfp4-pack-quantized,num_bits\" : 4"})
    void theConfigurationSaysTheScheme(String scheme, String format, String detail) {
        assertThat(quantize("out", "--method", "rtn", "--scheme", scheme.toLowerCase(java.util.Locale.ROOT)).exitCode()).isZero();
        assertThat(folder.resolve("out/config.json")).content().contains("\"format\" : \"" + format + "\"", detail, "\"lm_head\"");
    }

    @Test
    void fp8IsReadAsItsFormulaSays() throws IOException {
        for (String scheme : List.of("FP8_DYNAMIC", "FP8_BLOCK")) {
            assertThat(quantize("out", "--method", "gptq", "--scheme", scheme).exitCode()).isZero();
            try (Checkpoint stored = Checkpoints.open(folder.resolve("out"));
                    Checkpoint read = QuantizedCheckpoint.open(folder.resolve("out"))) {
                Tensor codes = stored.tensor(LAYER + "weight");
                Tensor scales = stored.tensor(LAYER + "weight_scale");
                boolean blocks = scheme.equals("FP8_BLOCK");
                assertThat(scales.rows()).isEqualTo(blocks ? Math.ceilDiv(codes.rows(), 128L) : codes.rows());
                assertThat(scales.columns()).isEqualTo(blocks ? Math.ceilDiv(codes.columns(), 128L) : 1);
                float[] row = new float[(int) codes.columns()];
                for (long r = 0; r < codes.rows(); r++) {
                    ((QuantizedCheckpoint) read).weight(LAYER + "weight").read(r, row, 0);
                    for (int c = 0; c < row.length; c++) {
                        long at = blocks ? r / 128 * scales.columns() + c / 128 : r;
                        float scale = scales.data().get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * at);
                        int code = codes.data().get(ValueLayout.JAVA_BYTE, r * row.length + c);
                        assertThat(row[c]).as("%s, row %d, column %d", scheme, r, c).isEqualTo(e4m3(code) * scale);
                    }
                }
            }
        }
    }

    @Test
    void nvfp4IsReadAsItsFormulaSays() throws IOException {
        assertThat(quantize("ct", "--method", "gptq", "--scheme", "NVFP4A16").exitCode()).isZero();
        assertThat(quantize("modelopt", "--method", "gptq", "--format", "modelopt").exitCode()).isZero();
        for (String out : List.of("ct", "modelopt")) {
            try (Checkpoint stored = Checkpoints.open(folder.resolve(out));
                    Checkpoint read = QuantizedCheckpoint.open(folder.resolve(out))) {
                Tensor codes = stored.tensor(LAYER + (out.equals("ct") ? "weight_packed" : "weight"));
                Tensor scales = stored.tensor(LAYER + "weight_scale");
                float global = stored.tensor(LAYER + (out.equals("ct") ? "weight_global_scale" : "weight_scale_2")).data()
                        .get(ValueLayout.JAVA_FLOAT_UNALIGNED, 0);
                float factor = out.equals("ct") ? 1 / global : global;
                assertThat(factor).isLessThan(0.1f);
                float[] row = new float[2 * (int) codes.columns()];
                int largest = 0;
                for (long r = 0; r < codes.rows(); r++) {
                    ((QuantizedCheckpoint) read).weight(LAYER + "weight").read(r, row, 0);
                    for (int c = 0; c < row.length; c++) {
                        int pair = codes.data().get(ValueLayout.JAVA_BYTE, (r * row.length + c) / 2);
                        int code = pair >> c % 2 * 4 & 15;
                        int scale = scales.data().get(ValueLayout.JAVA_BYTE, (r * row.length + c) / 16);
                        largest = Math.max(largest, scale);
                        float number = (code < 8 ? 1 : -1) * E2M1[code & 7] * e4m3(scale) * factor;
                        assertThat(row[c] + 0f).as("%s, row %d, column %d", out, r, c).isCloseTo(number + 0f, within(0f));
                    }
                }
                assertThat(e4m3(largest)).as("the largest scale lies where E4M3 is fine").isBetween(112f, 240f);
            }
        }
    }

    @Test
    void staticScalesAreThoseOfTheCalibration() throws IOException {
        Path statistics = folder.resolve("statistics.safetensors");
        Run calibration = Run.nibble("calibrate", model, "-o", statistics, "--samples", 4, "--seqlen", 64);
        assertThat(calibration.exitCode()).as(calibration.err()).isZero();
        Run run = quantize("out", "--method", "rtn", "--scheme", "W8A8_STATIC");
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out() + run.err()).contains("w8a8-static", "one static activation scale");
        Run moved = Run.nibble("convert", folder.resolve("out"), "--exact", "--to", "w8a8-static", "-o", folder.resolve("again"));
        assertThat(moved.exitCode()).as(moved.err()).isZero();
        assertThat(Files.mismatch(folder.resolve("out/model.safetensors"), folder.resolve("again/model.safetensors"))).isEqualTo(-1);
        try (Checkpoint seen = Checkpoints.open(statistics);
                Checkpoint stored = Checkpoints.open(folder.resolve("out"));
                Checkpoint read = QuantizedCheckpoint.open(folder.resolve("out"))) {
            List<String> layers = stored.names().stream().filter(name -> name.endsWith(".input_scale")).toList();
            assertThat(layers).hasSize(21);
            MemorySegment magnitudes = seen.tensor("blk.0.ffn_down.absmax").data();
            double largest = 0;
            for (long at = 0; at < magnitudes.byteSize(); at += Double.BYTES) {
                largest = Math.max(largest, magnitudes.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, at));
            }
            float scale = stored.tensor(LAYER + "input_scale").data().get(ValueLayout.JAVA_FLOAT_UNALIGNED, 0);
            assertThat(scale).isEqualTo((float) (largest / 127.5));
            assertThat(((QuantizedCheckpoint) read).weight(LAYER + "weight").inputQuantization())
                    .isEqualTo(new ActivationQuantization.PerTensor(scale, 0));
        }
        assertThat(quantize("dynamic", "--method", "rtn", "--scheme", "W8A8").exitCode()).isZero();
        Run refused = Run.nibble("convert", folder.resolve("dynamic"), "--exact", "--to", "w8a8-static", "-o", folder.resolve("x"));
        assertThat(refused.err()).contains("no static scale of its inputs is known", "--scheme W8A8_STATIC");
    }

    private static float e4m3(int code) {
        int exponent = code >> 3 & 15;
        int mantissa = code & 7;
        float magnitude = exponent == 0 ? mantissa * 0x1p-9f : Math.scalb(8f + mantissa, exponent - 10);
        return (code & 0x80) == 0 ? magnitude : -magnitude;
    }

    @Test
    void whatDoesNotGoTogetherIsSaid() throws IOException {
        for (Object[] more : List.of(new Object[]{"--bits", 4}, new Object[]{"--group", 32}, new Object[]{"--sym"},
                new Object[]{"--format", "gptq"},
                new Object[]{"--to", "Q4_0"})) {
            List<Object> arguments = new ArrayList<>(List.of("--method", "rtn", "--scheme", "W4A16"));
            arguments.addAll(List.of(more));
            Run run = quantize("x", arguments.toArray());
            assertThat(run.exitCode()).as("%s", arguments).isEqualTo(2);
            assertThat(run.err()).contains("--scheme W4A16 sets bits, group, zero points and format");
        }
        Run alone = quantize("x", "--scheme", "W4A16");
        assertThat(alone.exitCode()).isEqualTo(2);
        assertThat(alone.err()).contains("requires --method");
        assertThat(quantize("x", "--method", "rtn", "--scheme", "W5A16").err()).contains("no scheme W5A16; there are W4A16, W4A16_ASYM");
        assertThat(quantize("x", "--method", "rtn", "--scheme", "nvfp4").err()).contains("scheme NVFP4 is not written", "take NVFP4A16");
        assertThat(quantize("x", "--method", "hqq", "--scheme", "W4A16").err()).contains("--method hqq", "schemes go with rtn");
        assertThat(quantize("x", "--method", "awq", "--scheme", "NVFP4A16").err()).contains("--method awq", "scales that are shared");
        assertThat(quantize("x", "--method", "gptq", "--act-order", "--scheme", "FP8_DYNAMIC").err()).contains("cannot store");
        assertThat(quantize("x", "--method", "rtn", "--format", "modelopt", "--group", 32).err()).contains("groups of its own");
        assertThat(folder.resolve("x")).doesNotExist();
        Path recipe = folder.resolve("recipe.yaml");
        Files.writeString(recipe, "scheme: W4A16\nbits: 4\n");
        assertThat(quantize("x", "--recipe", recipe).err()).contains("scheme W4A16 says bits");
    }

    @Test
    void aRecipeMayNameAScheme() throws IOException {
        Path recipe = folder.resolve("recipe.yaml");
        Files.writeString(recipe,
                "scheme: FP8_BLOCK\nrules:\n  - match: up_proj\n    method: gptq\n  - match: self_attn\n    keep: true\n");
        Run run = quantize("out", "--recipe", recipe);
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(folder.resolve("out/config.json")).content().contains("block_structure", "model.layers.0.self_attn.q_proj");
        assertThat(divergence("out")).isBetween(0.0, 0.003);
    }
}

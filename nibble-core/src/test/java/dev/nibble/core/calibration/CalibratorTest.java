package dev.nibble.core.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.nibble.LoadOptions;
import dev.nibble.ProgressListener;
import dev.nibble.core.SharedMaterial;
import dev.nibble.core.checkpoint.imatrix.Imatrix;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.inference.LoadedModel;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.model.Batch;
import dev.nibble.core.model.KvCache;
import dev.nibble.core.quantization.AbsMax;
import dev.nibble.core.quantization.Hessian;
import dev.nibble.core.quantization.MeanSquare;
import dev.nibble.core.quantization.Statistics;
import dev.nibble.text.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("shared")
class CalibratorTest {
    private static final CalibrationOptions OPTIONS = CalibrationOptions.DEFAULTS.withSamples(3).withLength(40);

    @TempDir
    private Path folder;

    private static LoadOptions options(int threads) {
        return LoadOptions.defaults().withThreads(threads);
    }

    private Calibration calibrated(String model, String file, CalibrationOptions options, int threads) throws IOException {
        try (Calibrator calibrator = new Calibrator(SharedMaterial.path("models/" + model), options(threads));
                Tokenizer tokenizer = calibrator.model().openTokenizer(warning -> {})) {
            CalibrationText text = CalibrationText.of("built-in", CalibrationText.builtIn(), tokenizer, options.length(),
                    options.samples());
            return calibrator.calibrate(text, options, folder.resolve(file), true, ProgressListener.SILENT);
        }
    }

    @Test
    void theSameBytesWhateverTheThreadsAndThePasses() throws IOException {
        calibrated("stories260K", "one", OPTIONS, 1).close();
        calibrated("stories260K", "two", OPTIONS, 2).close();
        calibrated("stories260K", "passes", OPTIONS.withMemory(1), 2).close(); // one pass per input
        byte[] expected = Files.readAllBytes(folder.resolve("one"));
        assertThat(Files.readAllBytes(folder.resolve("two"))).isEqualTo(expected);
        assertThat(Files.readAllBytes(folder.resolve("passes"))).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"stories260K", "derived/stories260K-as-phi3", "gpt2-shakespeare-adi"})
    void seesWhatLayersAreGiven(String name) throws IOException {
        Map<String, Statistics> expected = new HashMap<>();
        CalibrationText text;
        try (LoadedModel model = LoadedModel.open(SharedMaterial.path("models/" + name), options(1));
                Workers workers = Workers.of(1);
                Tokenizer tokenizer = model.openTokenizer(warning -> {})) {
            text = CalibrationText.of("built-in", CalibrationText.builtIn().replaceAll("[^a-zA-Z \n]", ""), tokenizer, OPTIONS.length(),
                    OPTIONS.samples());
            for (int[] window : text.windows()) {
                try (KvCache cache = new KvCache(model.kvShape(), Plain.F32, window.length)) {
                    model.forward(Batch.of(cache, window), Matrix.of(window.length, model.hidden()),
                            (layer, part, values) -> expected.computeIfAbsent(layer + part, any -> Statistics.needed(
                                    Set.of(AbsMax.class, MeanSquare.class, Hessian.class), model.hidden())).observe(values, workers));
                }
            }
            for (Map.Entry<String, String> layer : Map
                    .of("attn_norm", model.architecture().ggufName().equals("llama") ? "attn_v" : "attn_qkv",
                            "ffn_norm", "ffn_up")
                    .entrySet()) {
                try (Calibrator calibrator = new Calibrator(SharedMaterial.path("models/" + name), options(2));
                        Calibration found = calibrator.calibrate(text, OPTIONS, folder.resolve("found"), true,
                                ProgressListener.SILENT)) {
                    for (int i = 0; i < model.kvShape().layers(); i++) {
                        Statistics seen = found.statistics("blk." + i + "." + layer.getValue()).orElseThrow();
                        Statistics wanted = expected.get(i + layer.getKey());
                        assertThat(seen.rows()).isEqualTo(text.tokens());
                        assertThat(seen.find(AbsMax.class).orElseThrow().values())
                                .isEqualTo(wanted.find(AbsMax.class).orElseThrow().values());
                        assertThat(seen.find(MeanSquare.class).orElseThrow().sums())
                                .isEqualTo(wanted.find(MeanSquare.class).orElseThrow().sums());
                        assertThat(seen.find(Hessian.class).orElseThrow().sum(3, 11))
                                .isEqualTo(wanted.find(Hessian.class).orElseThrow().sum(3, 11));
                    }
                    assertThat(found.layers()).contains("blk.0.attn_output", "blk.0.ffn_down");
                }
            }
        }
    }

    @Test
    void layersOfOneInputShareTheirStatistics() throws IOException {
        try (Calibration found = calibrated("stories260K", "found", OPTIONS, 2)) {
            assertThat(found.inputs().get("blk.0.attn_q")).isEqualTo(List.of("blk.0.attn_q", "blk.0.attn_k", "blk.0.attn_v"));
            assertThat(found.inputs().get("blk.4.ffn_gate")).isEqualTo(List.of("blk.4.ffn_gate", "blk.4.ffn_up"));
            assertThat(found.inputs()).hasSize(5 * 4 + 1);
            assertThat(found.layers()).hasSize(5 * 7 + 1);
            assertThat(found.statistics("blk.9.attn_q")).isEmpty();
            assertThat(found.windows()).isEqualTo(3);
            assertThat(found.windowLength()).isEqualTo(40);
            assertThat(found.text()).isEqualTo("built-in");
        }
    }

    @Test
    void readsTheDefinitionBeforeAndRefusesAnotherOne() throws IOException {
        calibrated("stories260K", "found", OPTIONS, 2).close();
        byte[] file = Files.readAllBytes(folder.resolve("found"));
        String text = new String(file, StandardCharsets.ISO_8859_1);
        int at = text.indexOf("\"nibble.calibration\":\"2\"") + "\"nibble.calibration\":\"".length();
        assertThat(text.charAt(at)).isEqualTo('2');
        file[at] = '1';
        Files.write(folder.resolve("before"), file);
        try (Calibration before = Calibration.open(folder.resolve("before"))) {
            assertThat(before.statistics("blk.0.attn_q").orElseThrow().find(Hessian.class)).isPresent();
        }
        file[at] = '3';
        Files.write(folder.resolve("other"), file);
        assertThatThrownBy(() -> Calibration.open(folder.resolve("other"))).hasMessageContaining("is 3, expected 1 or 2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"matrix.gguf", "matrix.dat"})
    void writesImportanceMatrices(String name) throws IOException {
        Path file = folder.resolve(name);
        try (Calibration found = calibrated("stories260K", "found", OPTIONS, 2)) {
            found.writeImatrix(file, false);
            Imatrix read = Imatrix.read(file);
            assertThat(read.names()).hasSize(5 * 7);
            assertThat(read.warnings()).isEmpty();
            assertThat(read.chunks()).isEqualTo(3);
            assertThat(read.datasets()).containsExactly("built-in");
            float[] means = found.statistics("blk.2.ffn_down").orElseThrow().find(MeanSquare.class).orElseThrow().means();
            float[] weights = read.weights("blk.2.ffn_down.weight").orElseThrow();
            for (int i = 0; i < means.length; i++) {
                assertThat(weights[i]).isCloseTo(means[i], within(means[i] * 1e-6f));
            }
            assertThatThrownBy(() -> found.writeImatrix(file, false)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void refusesTextsThatDoNotGo() throws IOException {
        try (Calibrator calibrator = new Calibrator(SharedMaterial.path("models/stories260K"), options(1));
                Tokenizer tokenizer = calibrator.model().openTokenizer(warning -> {})) {
            assertThatThrownBy(() -> CalibrationText.of("empty.txt", "", tokenizer, 10, 1))
                    .hasMessageContaining("empty.txt: 1 tokens are too few");
            CalibrationText strange = new CalibrationText("strange.txt", List.of(new int[]{1, 5000}), 0);
            assertThatThrownBy(() -> calibrator.calibrate(strange, OPTIONS, folder.resolve("x"), true, ProgressListener.SILENT))
                    .hasMessage("strange.txt has token 5000, but the model knows 512");
            assertThat(folder.resolve("x")).doesNotExist();
            CalibrationText brief = CalibrationText.of("brief.txt", "One two three.", tokenizer, 512, 9);
            assertThat(brief.windows()).hasSize(1);
            try (Calibration found = calibrator.calibrate(brief, OPTIONS, folder.resolve("y"), true, ProgressListener.SILENT)) {
                assertThat(found.statistics("blk.0.attn_q").orElseThrow().rows()).isEqualTo(brief.tokens());
            }
        }
    }

    @Test
    void refusesFilesThatAreNone() throws IOException {
        Path model = SharedMaterial.path("models/stories260K/model.safetensors");
        assertThatThrownBy(() -> Calibration.open(model)).hasMessageContaining("this is not the file that a calibration");
        calibrated("stories260K", "found", OPTIONS, 2).close();
        byte[] bytes = Files.readAllBytes(folder.resolve("found"));
        String header = new String(bytes, 0, 20_000, StandardCharsets.ISO_8859_1);
        int name = header.indexOf("blk.0.ffn_down.rows");
        bytes[name] = 'x';
        Files.write(folder.resolve("renamed"), bytes);
        try (Calibration broken = Calibration.open(folder.resolve("renamed"))) {
            assertThatThrownBy(() -> broken.statistics("blk.0.ffn_down")).hasMessageContaining("blk.0.ffn_down.rows")
                    .hasMessageContaining("is missing");
        }
        bytes[name] = 'b';
        int data = header.indexOf("\"blk.0.attn_q.hessian\"");
        assertThat(data).isPositive();
        for (int i = bytes.length - 2000; i < bytes.length; i++) {
            bytes[i] = (byte) 0xFF; // NaN
        }
        Files.write(folder.resolve("nan"), bytes);
        try (Calibration broken = Calibration.open(folder.resolve("nan"))) {
            assertThatThrownBy(() -> broken.layers().forEach(layer -> broken.statistics(layer))).hasMessageContaining("CALIBRATION");
        }
    }
}

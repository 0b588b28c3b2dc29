package dev.nibble.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/** {@code nibble quantize --true-sequential} on the bundled model. */
class SequentialCommandTest {
    @TempDir
    Path folder;

    private Path model;

    @BeforeEach
    void unpack() throws IOException {
        model = folder.resolve("model");
        DemoModel.unpack(model);
    }

    private Run quantize(Path from, String out, Object... arguments) {
        List<Object> all = new ArrayList<>(List.of("quantize", from, "-o", folder.resolve(out), "--samples", 4, "--seqlen", 64, "--threads",
                2));
        all.addAll(List.of(arguments));
        return Run.nibble(all.toArray());
    }

    private Run sequentially(Path from, String out, Object... arguments) {
        List<Object> all = new ArrayList<>(List.of(arguments));
        all.add("--true-sequential");
        return quantize(from, out, all.toArray());
    }

    private double divergence(String out) {
        Run run = Run.nibble("compare", model, folder.resolve(out), "-f", model.resolve("stories.txt"), "--ctx", 64, "--chunks", 4,
                "--threads", 2, "--json");
        assertThat(run.exitCode()).as(run.err()).isZero();
        return JsonMapper.builder().build().readTree(run.out()).get("models").get(0).get("mean_kl").asDouble();
    }

    private Path weights(String out) {
        return folder.resolve(out).resolve("model.safetensors");
    }

    @ParameterizedTest
    @ValueSource(strings = {"gptq", "autoround", "quip"})
    void everyMethodThatKnowsWhatGoesTogetherCanDoIt(String method) throws IOException {
        Run run = sequentially(model, "sequential", "--method", method);
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.err()).contains("calibrating on the built-in text");
        assertThat(quantize(model, "plain", "--method", method).exitCode()).isZero();
        assertThat(Files.mismatch(weights("sequential"), weights("plain"))).isNotEqualTo(-1);
        assertThat(divergence("sequential")).isBetween(0.0, Math.max(0.02, 1.3 * divergence("plain")));
        try (var files = Files.list(folder)) {
            assertThat(files.map(path -> path.getFileName().toString())).containsExactlyInAnyOrder("model", "sequential", "plain");
        }
    }

    @Test
    void ggufIsTheSameFromADirectoryAndFromGguf() throws IOException {
        Path gguf = folder.resolve("model.gguf");
        assertThat(Run.nibble("convert", model, "--to", "gguf", "--type", "BF16", "-o", gguf).exitCode()).isZero();
        for (Path from : List.of(model, gguf)) {
            Run run = sequentially(from, from.equals(gguf) ? "b.gguf" : "a.gguf", "--method", "gptq", "--to", "Q4_K_M");
            assertThat(run.exitCode()).as(run.err()).isZero();
        }
        assertThat(quantize(model, "plain.gguf", "--method", "gptq", "--to", "Q4_K_M").exitCode()).isZero();
        assertThat(checksums("a.gguf")).isEqualTo(checksums("b.gguf")).isNotEqualTo(checksums("plain.gguf"));
        assertThat(divergence("a.gguf")).isLessThan(0.02);
    }

    private String checksums(String out) {
        Run run = Run.nibble("inspect", folder.resolve(out), "--metadata");
        assertThat(run.exitCode()).as(run.err()).isZero();
        return run.out().lines().filter(line -> line.contains("nibble.tensors.crc32c")).findFirst().orElseThrow();
    }

    @Test
    void aRecipeCanAskForIt() throws IOException {
        Path recipe = Files.writeString(folder.resolve("recipe.yaml"), "method: gptq\nbits: 3\ntrue_sequential: true\n");
        assertThat(quantize(model, "recipe", "--recipe", recipe).exitCode()).isZero();
        assertThat(sequentially(model, "options", "--method", "gptq", "--bits", 3).exitCode()).isZero();
        assertThat(Files.mismatch(weights("recipe"), weights("options"))).isEqualTo(-1);
    }

    @Test
    void itIsRefusedWhereItMeansNothing() throws IOException {
        for (String method : List.of("rtn", "hqq", "awq", "smoothquant", "nf4", "llm-int8")) {
            Run run = sequentially(model, "x", "--method", method);
            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.err()).contains("true-sequential is for methods").contains("; " + method);
        }
        assertThat(sequentially(model, "x", "--to", "Q4_K_M").err()).contains("require --method");
        Path bundle = folder.resolve("model.calibration");
        assertThat(Run.nibble("calibrate", model, "-o", bundle, "--samples", 2, "--seqlen", 32).exitCode()).isZero();
        Run run = sequentially(model, "x", "--method", "gptq", "--calibrate", bundle);
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("model.calibration: a bundle holds").contains("give the text");
        assertThat(folder.resolve("x")).doesNotExist();
    }
}

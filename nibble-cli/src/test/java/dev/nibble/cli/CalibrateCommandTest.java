package dev.nibble.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code nibble calibrate} on the bundled model. */
class CalibrateCommandTest {
    @TempDir
    Path folder;

    private Path model;
    private Path bundle;

    @BeforeEach
    void unpack() throws IOException {
        model = folder.resolve("model");
        bundle = folder.resolve("model.calibration");
        DemoModel.unpack(model);
    }

    @Test
    void theImportanceMatrixIsGoodForQuantizing() {
        Path imatrix = folder.resolve("imatrix.gguf");
        Run run = Run.nibble("calibrate", model, "-o", bundle, "--imatrix", imatrix, "--samples", 2, "--seqlen", 64, "--threads", 2,
                "--json");
        assertThat(run.exitCode()).as(run.err()).isZero();
        JsonNode facts = JsonMapper.builder().build().readTree(run.out());
        assertThat(facts.propertyNames()).containsExactly("bundle", "bytes", "windows", "window_length", "tokens", "layers", "inputs",
                "imatrix", "seconds");
        assertThat(facts.get("tokens").asInt()).isEqualTo(128);
        assertThat(facts.get("inputs").asInt()).isLessThan(facts.get("layers").asInt());
        Run quantized = Run.nibble("quantize", model, "--to", "IQ2_XXS", "--imatrix", imatrix, "-o", folder.resolve("small.gguf"));
        assertThat(quantized.exitCode()).as(quantized.err()).isZero();
    }

    @Test
    void aShortTextIsSaid() throws IOException {
        Path text = Files.writeString(folder.resolve("text.txt"), "Once upon a time there was a cat.");
        Run run = Run.nibble("calibrate", model, "-f", text, "-o", bundle, "--no-hessian", "--threads", 2);
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.err()).contains("the text has 1 windows of").contains("128 were requested");
        assertThat(run.out()).contains("distinct inputs of");
    }

    @Test
    void failuresAreOneLine() throws IOException {
        Files.writeString(bundle, "something");
        Run exists = Run.nibble("calibrate", model, "-o", bundle);
        assertThat(exists.exitCode()).isEqualTo(2);
        assertThat(exists.err()).contains("exists; give another name, or --force to replace it");
        assertThat(Files.readString(bundle)).isEqualTo("something");
        assertThat(Run.nibble("calibrate", model, "-o", folder.resolve("x"), "--samples", 0).err())
                .contains("--samples is 0, expected 1 or more");
        Run nothing = Run.nibble("calibrate", model, "-o", folder.resolve("x"), "-f", folder.resolve("none.txt"));
        assertThat(nothing.exitCode()).isEqualTo(1);
        assertThat(nothing.err()).contains("none.txt");
        assertThat(folder.resolve("x")).doesNotExist();
    }
}

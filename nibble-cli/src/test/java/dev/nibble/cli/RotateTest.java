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

/** {@code nibble convert --rotate} on the bundled model. */
class RotateTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    @TempDir
    Path folder;

    private Path model;

    @BeforeEach
    void unpack() throws IOException {
        model = folder.resolve("model");
        DemoModel.unpack(model);
    }

    private Run convert(Path source, String out, Object... more) {
        Object[] all = new Object[4 + more.length];
        System.arraycopy(new Object[]{"convert", source, "-o", folder.resolve(out)}, 0, all, 0, 4);
        System.arraycopy(more, 0, all, 4, more.length);
        return Run.nibble(all);
    }

    private JsonNode compared(String out) {
        Run run = Run.nibble("compare", model, folder.resolve(out), "-f", model.resolve("stories.txt"), "--ctx", 64, "--chunks", 4,
                "--threads", 2, "--json");
        assertThat(run.exitCode()).as(run.err()).isZero();
        return JSON.readTree(run.out()).get("models").get(0);
    }

    @Test
    void aRotatedModelIsTheSameFunctionOfOtherNumbers() throws IOException {
        Run directory = convert(model, "turned", "--rotate", "--to", "safetensors", "--type", "F32", "--threads", 1);
        assertThat(directory.exitCode()).as(directory.err()).isZero();
        assertThat(compared("turned").get("mean_kl").asDouble()).isLessThan(1e-4);
        assertThat(JSON.readTree(Files.readString(folder.resolve("turned/config.json"))).get("tie_word_embeddings").asBoolean()).isFalse();
        Run gguf = convert(model, "turned.gguf", "--rotate", "--to", "gguf", "--type", "F32");
        assertThat(gguf.exitCode()).as(gguf.err()).isZero();
        assertThat(compared("turned.gguf").get("mean_kl").asDouble()).isLessThan(1e-4);
        assertThat(convert(model, "again", "--rotate", "--to", "safetensors", "--type", "F32", "--threads", 4).exitCode()).isZero();
        assertThat(Files.mismatch(weights("turned"), weights("again"))).as("bytes with 1 and 4 threads").isEqualTo(-1);
        assertThat(convert(model, "other", "--rotate", "--seed", 2, "--to", "safetensors", "--type", "F32").exitCode()).isZero();
        assertThat(Files.mismatch(weights("turned"), weights("other"))).as("bytes of another seed").isNotEqualTo(-1);
        assertThat(compared("other").get("mean_kl").asDouble()).isLessThan(1e-4);
    }

    private Path weights(String out) {
        return folder.resolve(out).resolve("model.safetensors");
    }

    @Test
    void methodsQuantizeARotatedModel() {
        assertThat(convert(model, "turned", "--rotate", "--to", "safetensors").exitCode()).isZero();
        Run run = Run.nibble("quantize", folder.resolve("turned"), "--method", "gptq", "--bits", 3, "--samples", 4, "--seqlen", 64, "-o",
                folder.resolve("small"));
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(compared("small").get("mean_kl").asDouble()).isBetween(1e-4, 0.1);
    }

    @Test
    void whatCannotBeRotatedIsSaid() {
        assertThat(convert(model, "x", "--rotate", "--exact", "--to", "gguf").err()).contains("omit one of them");
        assertThat(convert(model, "model.gguf", "--to", "gguf").exitCode()).isZero();
        assertThat(convert(folder.resolve("model.gguf"), "x", "--rotate", "--to", "safetensors").err()).contains("is rotated into another");
        assertThat(Run.nibble("quantize", model, "--method", "rtn", "-o", folder.resolve("rounded")).exitCode()).isZero();
        assertThat(convert(folder.resolve("rounded"), "x", "--rotate", "--to", "safetensors").err()).contains("start from the original");
        assertThat(convert(model, "model", "--rotate", "--to", "safetensors", "--force").err()).contains("is the model itself");
        assertThat(convert(model, "x", "--to", "safetensors").err()).contains("rotated, also directories");
        assertThat(folder.resolve("x")).doesNotExist();
    }
}

package dev.nibble.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code nibble quantize --recipe} with bits per layer, in quantized directories. */
class RecipeCommandTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String DOWN = "model.layers.0.mlp.down_proj";

    @TempDir
    Path folder;

    private Path model;

    @BeforeEach
    void unpack() throws IOException {
        model = folder.resolve("model");
        DemoModel.unpack(model);
    }

    private Run quantize(String out, String recipe) throws IOException {
        Path file = Files.writeString(folder.resolve("recipe.yaml"), recipe);
        return Run.nibble("quantize", model, "-o", folder.resolve(out), "--recipe", file, "--samples", 2, "--seqlen", 64, "--threads", 2,
                "--json", "--force");
    }

    private JsonNode config(String out) throws IOException {
        return JSON.readTree(Files.readString(folder.resolve(out).resolve("config.json"))).get("quantization_config");
    }

    private double divergence(String out) {
        Run run = Run.nibble("compare", model, folder.resolve(out), "-f", model.resolve("stories.txt"), "--ctx", 64, "--chunks", 4,
                "--threads", 2, "--json");
        assertThat(run.exitCode()).as(run.err()).isZero();
        return JSON.readTree(run.out()).get("models").get(0).get("mean_kl").asDouble();
    }

    private static String recipe(String format, boolean symmetric) {
        return """
                method: rtn
                bits: 4
                group: 64
                symmetric: %s
                format: %s
                rules:
                  - match: blk.0.ffn_down
                    bits: 8
                    group: 32
                  - match: 'attn_v'
                    keep: true
                """.formatted(symmetric, format);
    }

    @ParameterizedTest
    @CsvSource({"gptq, true", "gptq-v2, false", "compressed-tensors, true", "compressed-tensors, false"})
    void layersHaveTheirOwnBitsAndAreReadBack(String format, boolean symmetric) throws IOException {
        Run run = quantize("mixed", recipe(format, symmetric));
        assertThat(run.exitCode()).as(run.err()).isZero();
        Run inspected = Run.nibble("inspect", folder.resolve("mixed"), "--tensors", "--json");
        assertThat(inspected.exitCode()).as(inspected.err()).isZero();
        for (JsonNode tensor : JSON.readTree(run.out()).get("tensors")) {
            String name = tensor.get("name").asString();
            String bits = name.startsWith(DOWN) ? "INT8-G32" : name.contains("_proj") && !name.contains("v_proj") ? "INT4-G64" : "";
            assertThat(tensor.get("type").asString()).as(name).contains(bits.isEmpty() ? "BF16" : bits);
        }
        assertThat(divergence("mixed")).isBetween(0.0, 0.05);
        Run plain = quantize("plain", recipe(format, symmetric).replace("bits: 8", "bits: 4").replace("group: 32", "group: 64"));
        assertThat(plain.exitCode()).as(plain.err()).isZero();
        assertThat(Files.size(folder.resolve("mixed/model.safetensors"))).isGreaterThan(Files.size(folder.resolve(
                "plain/model.safetensors")));
    }

    @Test
    void gptqRulesAreThoseOfGptqModel() throws IOException {
        assertThat(quantize("mixed", recipe("gptq", true)).exitCode()).isZero();
        JsonNode config = config("mixed");
        assertThat(config.get("bits").asInt()).isEqualTo(4);
        assertThat(config.get("group_size").asInt()).isEqualTo(64);
        JsonNode rules = config.get("dynamic");
        JsonNode own = rules.get("+:^model\\.layers\\.0\\.mlp\\.down_proj$");
        assertThat(own.get("bits").asInt()).isEqualTo(8);
        assertThat(own.get("group_size").asInt()).isEqualTo(32);
        assertThat(own.get("sym").asBoolean()).isTrue();
        assertThat(rules.get("-:^model\\.layers\\.1\\.self_attn\\.v_proj$").isEmpty()).isTrue();
    }

    @Test
    void compressedTensorsHasAGroupForEachKind() throws IOException {
        assertThat(quantize("mixed", recipe("compressed-tensors", true)).exitCode()).isZero();
        JsonNode groups = config("mixed").get("config_groups");
        assertThat(groups.get("group_0").get("targets").get(0).asString()).isEqualTo("Linear");
        assertThat(groups.get("group_0").get("weights").get("num_bits").asInt()).isEqualTo(4);
        assertThat(groups.get("group_1").get("targets").get(0).asString()).isEqualTo(DOWN);
        assertThat(groups.get("group_1").get("weights").get("num_bits").asInt()).isEqualTo(8);
        assertThat(groups.get("group_1").get("weights").get("group_size").asInt()).isEqualTo(32);
        assertThat(config("mixed").get("ignore").toString()).contains("model.layers.1.self_attn.v_proj");
    }

    @ParameterizedTest
    @ValueSource(strings = {"awq", "hqq"})
    void aFormatWithOneSettingForAllSaysSo(String format) throws IOException {
        Run run = quantize("mixed", "method: " + format + "\nrules:\n  - match: ffn_down\n    group: 32\n");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("the format " + format + " has the same bits and groups for all layers").contains("down_proj");
        assertThat(folder.resolve("mixed")).doesNotExist();
    }

    @Test
    void rulesThatDoNotFitAreRefused() throws IOException {
        assertThat(quantize("x", "to: Q4_K_M\nrules:\n  - match: ffn_down\n    bits: 8\n").err())
                .contains("bits, group and symmetric are of a quantized directory");
        assertThat(quantize("x", "method: gptq\nrules:\n  - match: ffn_down\n    bits: 5\n").err()).contains("not of 5");
        assertThat(quantize("x", "method: gptq\nrules:\n  - match: ffn_down\n    group: 100\n").err())
                .contains("groups of 100 do not divide");
        assertThat(quantize("x", "method: gptq\nsymmetric: true\nrules:\n  - match: ffn_down\n    symmetric: false\n").err())
                .contains("goes into --format gptq-v2");
        assertThat(quantize("x", "method: rtn\nrules:\n  - match: ffn_down\n    keep: true\n    bits: 8\n").err())
                .contains("expected either keep: true");
    }
}

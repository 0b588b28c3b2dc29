package dev.nibble.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.checkpoint.open.Checkpoints;
import dev.nibble.core.recipe.Method;
import dev.nibble.core.recipe.Methods;
import dev.nibble.core.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code nibble quantize --method} on the bundled model. */
class MethodCommandTest {
    private static final List<String> SOME = List.of("rtn", "gptq", "smoothquant", "nf4", "llm-int8");
    @TempDir
    Path folder;

    private Path model;

    @BeforeEach
    void unpack() throws IOException {
        model = folder.resolve("model");
        DemoModel.unpack(model);
    }

    static List<String> others() {
        List<String> all = Methods.ALL.stream().map(Method::name).toList();
        assertThat(all).containsAll(SOME);
        return all.stream().filter(name -> !SOME.contains(name)).toList();
    }

    private Run quantize(String out, Object... arguments) {
        List<Object> all = new ArrayList<>(List.of("quantize", model, "-o", folder.resolve(out), "--samples", 4, "--seqlen", 64));
        all.addAll(List.of(arguments));
        return Run.nibble(all.toArray());
    }

    private double divergence(String out) {
        Run run = Run.nibble("compare", model, folder.resolve(out), "-f", model.resolve("stories.txt"), "--ctx", 64, "--chunks", 4,
                "--threads", 2, "--json");
        assertThat(run.exitCode()).as(run.err()).isZero();
        return JsonMapper.builder().build().readTree(run.out()).get("models").get(0).get("mean_kl").asDouble();
    }

    private static Object[] with(Object[] some, Object... more) {
        return Stream.of(some, more).flatMap(Stream::of).toArray();
    }

    @ParameterizedTest
    @FieldSource("SOME")
    void someMethodsMakeDirectoriesThatRun(String method) throws IOException {
        makesADirectoryThatRuns(method);
    }

    @ParameterizedTest
    @MethodSource("others")
    @Tag("thorough")
    void otherMethodsMakeDirectoriesThatRun(String method) throws IOException {
        makesADirectoryThatRuns(method);
    }

    private void makesADirectoryThatRuns(String method) throws IOException {
        Object[] options = switch (method) { // slow methods quantize one block, or half of it
            case "awq", "autoround", "quip" -> new Object[]{"--method", method, "--keep", "layers\\.[1-9]"};
            case "aqlm" -> new Object[]{"--method", method, "--keep", "layers\\.[1-9]|mlp"};
            default -> new Object[]{"--method", method};
        };
        Run one = quantize("one", with(options, "--threads", 1, "--json"));
        assertThat(one.exitCode()).as(one.err()).isZero();
        JsonNode facts = JsonMapper.builder().build().readTree(one.out());
        assertThat(facts.get("tensors").size()).isGreaterThan(20);
        assertThat(quantize("four", with(options, "--threads", 4)).exitCode()).isZero();
        assertThat(Files.mismatch(weights("one"), weights("four"))).as("bytes with 1 and 4 threads").isEqualTo(-1);
        assertThat(divergence("one")).as("mean KL of " + method).isBetween(0.0, 0.15);
        try (var files = Files.list(folder)) {
            assertThat(files.map(path -> path.getFileName().toString())).containsExactlyInAnyOrder("model", "one", "four");
        }
    }

    private Path weights(String out) {
        return folder.resolve(out).resolve("model.safetensors");
    }

    @Test
    void choosingByTheInputsIsBetterThanRounding() {
        assertThat(quantize("rtn", "--method", "rtn", "--bits", 3).exitCode()).isZero();
        assertThat(quantize("gptq", "--method", "gptq", "--bits", 3, "--act-order").exitCode()).isZero();
        assertThat(divergence("gptq")).isLessThan(0.8 * divergence("rtn"));
    }

    @Test
    void ggufTypesGetTheirCodesFromTheAlgorithm() throws IOException {
        for (String method : List.of("rtn", "gptq", "awq")) {
            Run run = quantize(method + ".gguf", "--method", method, "--to", "Q2_K", "--threads", 2);
            assertThat(run.exitCode()).as(run.err()).isZero();
        }
        assertThat(quantize("again.gguf", "--method", "gptq", "--to", "Q2_K", "--threads", 1).exitCode()).isZero();
        assertThat(Files.mismatch(folder.resolve("gptq.gguf"), folder.resolve("again.gguf"))).isEqualTo(-1);
        assertThat(divergence("gptq.gguf")).isLessThan(0.95 * divergence("rtn.gguf"));
        assertThat(divergence("awq.gguf")).isLessThan(divergence("rtn.gguf"));
        assertThat(Run.nibble("verify", folder.resolve("gptq.gguf")).exitCode()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"awq", "smoothquant"})
    void scalesAreTakenOutOfWhatMakesAnInput(String method) throws IOException {
        assertThat(quantize("scaled", "--method", method).exitCode()).isZero();
        try (Checkpoint original = Checkpoints.open(model.resolve("model.safetensors"));
                Checkpoint scaled = Checkpoints.open(weights("scaled"))) {
            float[] before = new float[256];
            float[] after = new float[256];
            Tensor norm = original.tensor("model.layers.1.input_layernorm.weight");
            norm.decode(0, 0, before, 0, before.length);
            scaled.tensor("model.layers.1.input_layernorm.weight").decode(0, 0, after, 0, after.length);
            assertThat(after).isNotEqualTo(before);
        }
        assertThat(divergence("scaled")).isBetween(0.0, 0.03);
    }

    @Test
    void aBundleGivesWhatCalibratingOnTheWayGives() throws IOException {
        Path bundle = folder.resolve("model.calibration");
        assertThat(Run.nibble("calibrate", model, "-o", bundle, "--samples", 4, "--seqlen", 64).exitCode()).isZero();
        Run run = quantize("told", "--method", "gptq", "--calibrate", bundle);
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.err()).doesNotContain("calibrating on");
        Run found = quantize("found", "--method", "gptq");
        assertThat(found.err()).contains("calibrating on the built-in text");
        assertThat(Files.mismatch(weights("told"), weights("found"))).isEqualTo(-1);
    }

    @Test
    void layersCanBeKept() throws IOException {
        Run run = quantize("kept", "--method", "rtn", "--keep", "down_proj", "--json");
        assertThat(run.exitCode()).as(run.err()).isZero();
        JsonNode tensors = JsonMapper.builder().build().readTree(run.out()).get("tensors");
        for (JsonNode tensor : tensors) {
            boolean plain = tensor.get("name").asString().matches(".*(down_proj|embed_tokens|norm|lm_head).*");
            assertThat(tensor.get("type").asString().startsWith("UINT4")).as(tensor.toString()).isEqualTo(!plain);
        }
        assertThat(divergence("kept")).isLessThan(0.15);
    }

    @Test
    void whatDoesNotFitIsSaidAtOnce() throws IOException {
        assertThat(quantize("x", "--method", "awq", "--act-order").err()).contains("--act-order is an order for GPTQ");
        assertThat(quantize("x", "--method", "gptq", "--act-order", "--format", "awq").err()).contains("the format awq cannot store that");
        assertThat(quantize("x", "--method", "gptq", "--group", 100).err()).contains("groups of 100 do not divide: take --group")
                .contains("--keep '");
        assertThat(quantize("x", "--method", "gptq", "--bits", 5).err()).contains("holds codes of 2, 3, 4, 8 bits, not of 5");
        assertThat(quantize("x", "--method", "nf4", "--format", "gptq").err()).contains("--format bnb, not gptq");
        assertThat(quantize("x", "--method", "hqq", "--group", -1).err()).contains("one scale for a whole row, goes into --format gptq");
        assertThat(quantize("x", "--method", "hqq", "--sym").err()).contains("--sym stores no zero points");
        assertThat(quantize("x", "--method", "hqq", "--to", "Q4_K_M").err()).contains("it moves zero points");
        assertThat(quantize("x", "--method", "magic").err()).contains("no method magic; there are rtn, gptq");
        assertThat(quantize("x", "--bits", 4).err()).contains("require --method");
        assertThat(quantize("x", "--method", "gptq", "--calibrate", folder.resolve("none.txt")).err())
                .contains("calibration file not found");
        assertThat(quantize("x", "--method", "gptq", "--calibrate", folder).err()).contains("is a directory; expected a text");
        Path text = Files.writeString(folder.resolve("text.txt"), "");
        assertThat(quantize("x", "--method", "gptq", "--calibrate", text).exitCode()).isEqualTo(1);
        assertThat(folder.resolve("x")).doesNotExist();
        Run gguf = Run.nibble("quantize", model, "--to", "Q8_0", "-o", folder.resolve("model.gguf"));
        assertThat(gguf.exitCode()).isZero();
        assertThat(Run.nibble("quantize", folder.resolve("model.gguf"), "--method", "rtn", "-o", folder.resolve("x")).err())
                .contains("needs a Hugging Face directory");
        assertThat(Run.nibble("convert", folder.resolve("model.gguf"), "--exact", "--to", "awq", "-o", folder.resolve("x")).err())
                .contains("(Q8_0) has no exact form in awq", "AWQ holds integers of 4 bits");
        assertThat(Run.nibble("convert", folder.resolve("model.gguf"), "--exact", "--to", "safetensors", "-o", folder.resolve("x")).err())
                .contains("--exact keeps weights quantized");
        assertThat(folder.resolve("x")).doesNotExist();
    }

    @Test
    void aGgufFileIsMovedIntoADirectory() {
        Path gguf = folder.resolve("model.gguf");
        assertThat(Run.nibble("quantize", model, "--to", "Q4_0", "--pure", "-o", gguf).exitCode()).isZero();
        Run moved = Run.nibble("convert", gguf, "--exact", "--to", "gptq", "-o", folder.resolve("moved"));
        assertThat(moved.exitCode()).as(moved.err()).isZero();
        assertThat(moved.out()).contains("all of their", "unquantized", "token_embd.weight (Q4_0 as F16)", "scales are negative");
        Run same = Run.nibble("compare", gguf, folder.resolve("moved"), "-f", model.resolve("stories.txt"), "--ctx", 64, "--chunks", 2,
                "--backend", "reference", "--json");
        assertThat(same.exitCode()).as(same.err()).isZero();
        JsonNode figures = JsonMapper.builder().build().readTree(same.out()).get("models").get(0);
        assertThat(figures.get("perplexity_ratio").asDouble()).isEqualTo(1);
        assertThat(figures.get("max_kl").asDouble()).isLessThan(1e-7); // the original's predictions are stored rounded
    }

    @Test
    void aDamagedModelIsSaidToBeWhileItIsCalibrated() throws IOException {
        Path file = model.resolve("model.safetensors");
        try (Checkpoint checkpoint = Checkpoints.open(file); FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            long at = checkpoint.offset("model.layers.1.mlp.up_proj.weight");
            channel.write(ByteBuffer.wrap(new byte[]{(byte) 0xC0, 0x7F}), at); // a NaN in BF16
        }
        Run run = quantize("x", "--method", "gptq");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("the inputs of blk.1.ffn_down", "a tensor before it may be damaged").doesNotContain("internal");
        assertThat(quantize("x", "--method", "rtn").err()).contains("layer blk.1.ffn_up: the weight has NaN in row 0, column 0");
        assertThat(folder.resolve("x")).doesNotExist();
    }

    @Test
    void windowsLongerThanTheModelWasTrainedForAreWarnedOf() {
        Run run = Run.nibble("quantize", model, "--method", "gptq", "-o", folder.resolve("x"), "--samples", 1, "--seqlen", 300);
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.err()).contains("windows of 300 tokens are longer than the model's context of 256", "1 window of 300 tokens");
    }

    @Test
    void rulesOfARecipeDecideInTheirOrder() throws IOException {
        Path recipe = Files.writeString(folder.resolve("recipe.yaml"), """
                to: Q4_0
                method: gptq
                rules:
                  - match: blk.0.ffn_down
                    type: Q8_0
                  - match: down_proj
                    keep: true
                  - match: attn_q
                    method: rtn
                """);
        Run run = quantize("recipe.gguf", "--recipe", recipe, "--threads", 2, "--json");
        assertThat(run.exitCode()).as(run.err()).isZero();
        for (JsonNode tensor : JsonMapper.builder().build().readTree(run.out()).get("tensors")) {
            String name = tensor.get("name").asString();
            String expected = name.equals("blk.0.ffn_down.weight") ? "Q8_0" : name.contains("ffn_down") ? "BF16" : "Q4_0";
            if (name.contains("blk") && !name.contains("norm")) {
                assertThat(tensor.get("type").asString()).as(name).isEqualTo(expected);
            }
        }
        assertThat(quantize("rtn.gguf", "--method", "rtn", "--to", "Q4_0").exitCode()).isZero();
        try (Checkpoint mixed = Checkpoints.open(folder.resolve("recipe.gguf"));
                Checkpoint rounded = Checkpoints.open(folder.resolve("rtn.gguf"))) {
            String queries = "blk.1.attn_q.weight";
            assertThat(mixed.tensor(queries).data().mismatch(rounded.tensor(queries).data())).isEqualTo(-1);
            assertThat(mixed.tensor("blk.1.attn_k.weight").data().mismatch(rounded.tensor("blk.1.attn_k.weight").data())).isNotEqualTo(-1);
        }
        Files.writeString(recipe, "to: Q4_0\nmethod: rtn\nrules:\n  - match: attn_q\n    method: gptq\n");
        Run ruled = quantize("ruled.gguf", "--recipe", recipe);
        assertThat(ruled.exitCode()).as("a text for the rule's sake: " + ruled.err()).isZero();
        assertThat(ruled.err()).contains("calibrating on");
        Files.writeString(recipe, "method: gptq\nrules:\n  - match: nothing\n    keep: true\n");
        assertThat(quantize("x", "--recipe", recipe).err()).contains("rule nothing matches no tensor");
        Files.writeString(recipe, "method: gptq\nbit: 4\n");
        assertThat(quantize("x", "--recipe", recipe).err()).contains("recipe.yaml: has the key bit; there are");
        Files.writeString(recipe, "method: [gptq\n");
        assertThat(quantize("x", "--recipe", recipe).err()).contains("recipe.yaml: line 1");
        assertThat(folder.resolve("x")).doesNotExist();
    }

    @Test
    void aFileFitsItsBudgetAndIsBetterThanAMixOfThatSize() throws IOException {
        Path text = model.resolve("stories.txt");
        Run fileType = Run.nibble("quantize", model, "--to", "Q3_K_M", "-o", folder.resolve("mix.gguf"));
        assertThat(fileType.exitCode()).as(fileType.err()).isZero();
        long budget = Files.size(folder.resolve("mix.gguf"));
        Run run = quantize("fit.gguf", "--fit", budget, "--calibrate", text, "--threads", 2, "--json");
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(Files.size(folder.resolve("fit.gguf"))).isBetween(budget * 9 / 10, budget);
        JsonNode fit = JsonMapper.builder().build().readTree(run.out()).get("fit");
        assertThat(fit.get("pareto").size()).isEqualTo(13);
        assertThat(divergence("fit.gguf")).isLessThan(divergence("mix.gguf"));
        assertThat(quantize("x.gguf", "--fit", "10kB").err()).contains("the smallest types take");
        assertThat(quantize("x.gguf", "--fit", "1 bushel").err()).contains("expected a size");
    }

    @Test
    void aBoundOnTheLossIsKept() {
        Run run = quantize("close.gguf", "--max-kl", 0.01, "--threads", 2, "--json");
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(JsonMapper.builder().build().readTree(run.out()).get("fit").get("mean_kl").asDouble()).isBetween(0.003, 0.0101);
    }
}

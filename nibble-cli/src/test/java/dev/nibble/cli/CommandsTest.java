package dev.nibble.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The commands on the bundled model: what they write, what they print, and how they fail. */
class CommandsTest {
    @TempDir
    Path folder;

    private Path model;

    @BeforeEach
    void unpack() throws IOException {
        model = folder.resolve("model");
        DemoModel.unpack(model);
    }

    @Test
    void quantizedFileIsSmallerAndSound() throws IOException {
        Path output = folder.resolve("q4.gguf");
        Run run = Run.nibble("quantize", model, "--to", "Q4_K_M", "-o", output);
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).contains("Q4_K", "Q6_K", "rel. RMSE");
        assertThat(Files.size(output)).isLessThan(Files.size(model.resolve("model.safetensors")) / 2);
        assertThat(Run.nibble("verify", output).out()).contains("sound", "checksums agree");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Q8_0", "Q4_K_M", "Q2_K", "IQ4_XS"})
    void dryRunKnowsTheSizeToTheByte(String type) throws IOException {
        Path output = folder.resolve("out.gguf");
        JsonNode dry = json(Run.nibble("quantize", model, "--to", type, "-o", output, "--dry-run", "--json"));
        assertThat(output).doesNotExist();
        assertThat(Run.nibble("quantize", model, "--to", type, "-o", output).exitCode()).isZero();
        assertThat(dry.get("bytes").asLong()).isEqualTo(Files.size(output));
    }

    @Test
    void bytesDoNotDependOnThreads() throws IOException {
        byte[] expected = null;
        for (int threads : new int[]{1, 2, 3, 8}) {
            Path output = folder.resolve("t" + threads + ".gguf");
            Run.nibble("quantize", model, "--to", "Q4_K_M", "-o", output, "--threads", threads);
            byte[] bytes = Files.readAllBytes(output);
            expected = expected == null ? bytes : expected;
            assertThat(bytes).as(threads + " threads").isEqualTo(expected);
        }
    }

    @Test
    void inspectPrintsTheJsonThatScriptsRelyOn() throws IOException {
        Path output = folder.resolve("q8.gguf");
        Run.nibble("quantize", model, "--to", "Q8_0", "-o", output);
        JsonNode facts = json(Run.nibble("inspect", output, "--json"));
        assertThat(facts.get("format").asString()).isEqualTo("gguf");
        assertThat(facts.get("architecture").asString()).isEqualTo("llama");
        assertThat(facts.get("bytes").asLong()).isEqualTo(Files.size(output));
        JsonNode embedding = facts.get("tensors").valueStream().filter(tensor -> tensor.get("name").asString().equals("token_embd.weight"))
                .findFirst().orElseThrow();
        assertThat(embedding.get("shape").valueStream().map(JsonNode::asInt).toList()).isEqualTo(List.of(256, 1024));
        assertThat(embedding.get("type").asString()).isEqualTo("Q8_0");
        assertThat(facts.get("metadata").get("general.architecture").asString()).isEqualTo("llama");
        assertThat(facts.get("warnings").isArray()).isTrue();
    }

    @Test
    void selectedTensorsGetTheirOwnTypes() throws IOException {
        Path output = folder.resolve("mixed.gguf");
        Run run = Run.nibble("quantize", model, "--to", "Q4_0", "--tensor", "ffn_down=Q8_0", "--keep", "attn_v", "--output-type", "F16",
                "--embedding-type", "Q5_K", "-o", output);
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(types(output)).contains("blk.0.ffn_down.weight Q8_0", "blk.1.attn_v.weight BF16", "output.weight F16",
                "token_embd.weight Q5_K", "blk.0.ffn_up.weight Q4_0");
    }

    @Test
    void convertingThereAndBackKeepsEveryBit() throws IOException {
        Path gguf = folder.resolve("model.gguf");
        Path back = folder.resolve("back");
        assertThat(Run.nibble("convert", model, "--to", "gguf", "--type", "BF16", "-o", gguf).exitCode()).isZero();
        Run run = Run.nibble("convert", gguf, "--to", "safetensors", "--type", "BF16", "-o", back);
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(payload(back.resolve("model.safetensors"))).isEqualTo(payload(model.resolve("model.safetensors")));
    }

    @Test
    void changedByteIsFoundAndItsTensorNamed() throws IOException {
        Path output = folder.resolve("q8.gguf");
        Run.nibble("quantize", model, "--to", "Q8_0", "-o", output);
        byte[] bytes = Files.readAllBytes(output);
        bytes[bytes.length - 40] ^= 4;
        Files.write(output, bytes);
        Run run = Run.nibble("verify", output);
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("blk.2.ffn_up.weight").contains("checksum");
    }

    @Test
    void unknownTypeListsTheKnownOnes() {
        fails(1, Run.nibble("quantize", model, "--to", "Q9_K", "-o", folder.resolve("x.gguf")), "unknown type Q9_K", "Q4_K_M");
    }

    @Test
    void missingModelIsNamed() {
        fails(1, Run.nibble("quantize", folder.resolve("nothing"), "-o", folder.resolve("x.gguf")), "nothing", "no such file");
    }

    @Test
    void directoryWithoutConfigIsExplained() throws IOException {
        Files.delete(model.resolve("config.json"));
        fails(1, Run.nibble("quantize", model, "-o", folder.resolve("x.gguf")), "config.json");
    }

    @Test
    void unsupportedArchitectureListsTheSupported() throws IOException {
        Path config = model.resolve("config.json");
        Files.writeString(config, Files.readString(config).replace("\"llama\"", "\"mamba\"").replace("LlamaForCausalLM", "Mamba"));
        fails(1, Run.nibble("quantize", model, "-o", folder.resolve("x.gguf")), "mamba", "llama", "qwen2");
    }

    @Test
    void existingOutputIsKeptUnlessForced() throws IOException {
        Path output = Files.writeString(folder.resolve("x.gguf"), "mine");
        fails(1, Run.nibble("quantize", model, "-o", output), "already exists", "--force");
        assertThat(output).hasContent("mine");
        assertThat(Run.nibble("quantize", model, "-o", output, "--force").exitCode()).isZero();
    }

    @Test
    void outputMayNotBeTheInput() {
        Path gguf = folder.resolve("m.gguf");
        Run.nibble("convert", model, "--to", "gguf", "-o", gguf);
        fails(1, Run.nibble("quantize", gguf, "-o", gguf, "--force"), "is the model itself");
    }

    @Test
    void notANumberIsRefusedUnlessZeroIsAskedFor() throws IOException {
        poison(model.resolve("model.safetensors"));
        Path output = folder.resolve("x.gguf");
        fails(1, Run.nibble("quantize", model, "-o", output), "NaN", "row", "--allow-nonfinite zero");
        Run run = Run.nibble("quantize", model, "-o", output, "--allow-nonfinite", "zero");
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.err()).contains("became 0");
        assertThat(Run.nibble("inspect", model).out()).contains("NaN");
    }

    @Test
    void notANumberIsRefusedInCopiesToo() throws IOException {
        poison(model.resolve("model.safetensors"));
        fails(1, Run.nibble("quantize", model, "--to", "Q4_0", "--keep", ".", "-o", folder.resolve("x.gguf")), "NaN", "row");
        Path directory = folder.resolve("back");
        Path gguf = folder.resolve("m.gguf");
        assertThat(Run.nibble("convert", model, "--to", "gguf", "--allow-nonfinite", "zero", "--type", "F16", "-o", gguf).exitCode())
                .isZero();
        fails(1, Run.nibble("convert", model, "--to", "safetensors", "-o", directory), "only GGUF");
        assertThat(directory).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"--tensor=ffn_down=BOOL", "--output-type=I8", "--embedding-type=F8_E4M3", "--tensor=ffn_down=Q4_K_M"})
    void tensorsOnlyGetTypesForWeights(String option) {
        fails(1, Run.nibble("quantize", model, option, "-o", folder.resolve("x.gguf")), "unknown type", "Q4_K,");
    }

    @Test
    void typesBelowThreeBitsAskForAnImatrix() {
        fails(1, Run.nibble("quantize", model, "--to", "IQ2_XXS", "-o", folder.resolve("x.gguf")), "--imatrix");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--threads=0", "--tensor=ffn_down", "--tensor=[=Q4_0", "--allow-nonfinite=ignore", "--no-such-option"})
    void wrongUsageExitsWithTwo(String option) {
        Run run = Run.nibble("quantize", model, option);
        assertThat(run.exitCode()).as(run.err()).isEqualTo(2);
    }

    @Test
    void mistakesAreNoInternalErrors() throws IOException {
        mistaken(Run.nibble("run", model, "-p", "x", "-n", 2, "--stop", ""), "a stop string is empty");
        mistaken(Run.nibble("chat", model, "--chat-template", "nosuch"), "--chat-template is nosuch", "chatml");
        Path empty = Files.writeString(folder.resolve("empty.jsonl"), "");
        mistaken(Run.nibble("evaluate", model, "--task", "arc", "-f", empty), "empty.jsonl", "no questions");
    }

    private static void mistaken(Run run, String... parts) {
        assertThat(run.exitCode()).as(run.err()).isEqualTo(2);
        assertThat(run.err()).contains(parts).doesNotContain("internal error");
    }

    @Test
    void typesAreListedForScripts() {
        JsonNode types = json(Run.nibble("types", "--json"));
        assertThat(types.get("mixes").valueStream().map(fileType -> fileType.get("name").asString())).contains("Q4_K_M", "IQ2_XXS", "BF16");
        assertThat(types.get("types").valueStream().map(type -> type.get("name").asString())).contains("Q4_K", "MXFP4", "TQ1_0");
    }

    @Test
    void demoLeavesItsFiles() {
        Path demo = folder.resolve("demo");
        Run run = Run.nibble("demo", "-o", demo, "--types", "Q8_0,Q4_K_M");
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).contains("Q8_0", "Q4_K_M", "bits/weight");
        assertThat(demo.resolve("demo-Q4_K_M.gguf")).exists();
        assertThat(demo.resolve("model/config.json")).exists();
    }

    /** One line on standard error, the exit code, and no files left. */
    private void fails(int exitCode, Run run, String... parts) {
        assertThat(run.exitCode()).as(run.err()).isEqualTo(exitCode);
        assertThat(run.err()).contains(parts);
        assertThat(run.err().lines().filter(line -> !line.startsWith("nibble: warning:"))).hasSize(1);
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.map(file -> file.getFileName().toString())).noneMatch(name -> name.endsWith(".partial"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Overwrites one BF16 value in the middle of the data with NaN. */
    private static void poison(Path safetensors) throws IOException {
        byte[] bytes = Files.readAllBytes(safetensors);
        int middle = bytes.length / 2 & ~1;
        bytes[middle] = (byte) 0xC0;
        bytes[middle + 1] = (byte) 0x7F;
        Files.write(safetensors, bytes);
    }

    private static byte[] payload(Path safetensors) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(safetensors)).order(ByteOrder.LITTLE_ENDIAN);
        byte[] payload = new byte[bytes.capacity() - 8 - (int) bytes.getLong(0)];
        bytes.get(8 + (int) bytes.getLong(0), payload);
        return payload;
    }

    private static List<String> types(Path gguf) {
        return json(Run.nibble("inspect", gguf, "--json")).get("tensors").valueStream()
                .map(tensor -> tensor.get("name").asString() + " " + tensor.get("type").asString()).toList();
    }

    private static JsonNode json(Run run) {
        assertThat(run.exitCode()).as(run.err()).isZero();
        return JsonMapper.shared().readTree(run.out());
    }
}

package dev.nibble.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.checkpoint.open.Checkpoints;
import dev.nibble.core.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every method, format and scheme on a block of the bundled model: the bytes of all new tensors. */
class DemoDirectoriesGoldenTest {
    private static final Path SOURCE = Path.of("src/test/resources/golden/demo-model/directories.tsv");
    private static final List<String> JOBS = List.of("--method rtn", "--method rtn --bits 2 --group 32", "--method rtn --bits 8 --sym",
            "--method rtn --format awq", "--method rtn --format fp8", "--method gptq", "--method gptq --act-order",
            "--method gptq --true-sequential", "--method gptq --format modelopt", "--method awq", "--method hqq", "--method smoothquant",
            "--method nf4", "--method fp4", "--method int8", "--method llm-int8", "--method autoround", "--method quip",
            "--method aqlm --keep mlp|q_proj|o_proj", "--method rtn --scheme W4A16", "--method rtn --scheme W4A16_ASYM",
            "--method rtn --scheme W8A16", "--method rtn --scheme W8A8", "--method rtn --scheme FP8_DYNAMIC",
            "--method rtn --scheme FP8_BLOCK", "--method rtn --scheme NVFP4A16", "--method gptq --scheme NVFP4A16",
            "--method rtn --scheme MXFP4A16", "--method gptq --to Q4_K --pure", "--method awq --to Q2_K --pure");

    @TempDir
    static Path folder;
    private static Path model;

    @BeforeAll
    static void unpack() throws IOException {
        model = folder.resolve("model");
        DemoModel.unpack(model);
    }

    @Test
    void everyTensorHasTheBytesItHad() throws IOException {
        Map<String, String> before = tensors(model.resolve("model.safetensors"));
        List<String> lines = new ArrayList<>();
        for (String job : JOBS) {
            Path out = folder.resolve(job.contains("--to") ? "out.gguf" : "out");
            List<Object> command = new ArrayList<>(List.of("quantize", model, "-o", out, "--force", "--samples", 2, "--seqlen", 64,
                    "--keep", "(layers|blk)\\.[1-9]", "--threads", 2, "--backend", "vector", "--exact-activations"));
            command.addAll(List.of(job.split(" ")));
            Run run = Run.nibble(command.toArray());
            assertThat(run.exitCode()).as(job + ": " + run.err()).isZero();
            Map<String, String> after = tensors(Files.isDirectory(out) ? out.resolve("model.safetensors") : out);
            after.entrySet().removeAll(before.entrySet());
            after.entrySet().removeIf(tensor -> tensor.getKey().matches("blk\\.[1-9].*|token_embd.*|output.*"));
            assertThat(after).as(job).isNotEmpty();
            after.forEach((name, bytes) -> lines.add(job + "\t" + name + "\t" + bytes));
        }
        if (Boolean.getBoolean("nibble.golden.write")) {
            Files.write(SOURCE, lines);
        }
        try (InputStream resource = Files.newInputStream(SOURCE)) {
            assertThat(lines).containsExactlyElementsOf(new String(resource.readAllBytes(), StandardCharsets.UTF_8).lines().toList());
        }
    }

    /** Names and stored content. */
    private static Map<String, String> tensors(Path file) throws IOException {
        Map<String, String> tensors = new TreeMap<>();
        try (Checkpoint checkpoint = Checkpoints.open(file)) {
            for (String name : checkpoint.names()) {
                Tensor tensor = checkpoint.tensor(name);
                String type = tensor.codec().name() + " " + tensor.shape().dimensions();
                tensors.put(name, type + "\t" + Sha256.of(tensor.data()).substring(0, 32));
            }
        }
        return tensors;
    }
}

package dev.nibble.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.checkpoint.safetensors.Safetensors;
import dev.nibble.core.checkpoint.safetensors.SafetensorsWriter;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.TensorInfo;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** {@code nibble quantize} on a mixture of experts: the bundled model, each feed-forward part twice behind an untrained router. */
class MixtureFitTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int EXPERTS = 2;
    private static final Map<String, String> NAMES = Map.of("gate_proj", "w1", "down_proj", "w2", "up_proj", "w3");

    @TempDir
    Path folder;

    private Path model;

    @BeforeEach
    void makeMixture() throws IOException {
        Path dense = folder.resolve("dense");
        DemoModel.unpack(dense);
        model = Files.createDirectory(folder.resolve("mixture"));
        ObjectNode config = (ObjectNode) JSON.readTree(Files.readString(dense.resolve("config.json")));
        config.put("model_type", "mixtral").put("num_local_experts", EXPERTS).put("num_experts_per_tok", EXPERTS);
        config.putArray("architectures").add("MixtralForCausalLM");
        Files.writeString(model.resolve("config.json"), config.toString());
        for (String name : List.of("tokenizer.json", "tokenizer_config.json", "stories.txt")) {
            Files.copy(dense.resolve(name), model.resolve(name));
        }
        try (Checkpoint from = Safetensors.open(dense.resolve("model.safetensors")); Arena arena = Arena.ofConfined()) {
            List<TensorInfo> tensors = new ArrayList<>();
            for (String name : from.names()) {
                copies(name).forEach(copy -> tensors.add(new TensorInfo(copy, from.info(name).codec(), from.info(name).shape())));
                if (name.endsWith("gate_proj.weight")) {
                    tensors.add(new TensorInfo(router(name), from.info(name).codec(),
                            Shape.of(EXPERTS, from.info(name).shape().columns())));
                }
            }
            try (SafetensorsWriter to = SafetensorsWriter.create(model.resolve("model.safetensors"), Map.of("format", "pt"), tensors,
                    false)) {
                for (String name : from.names()) {
                    for (String copy : copies(name)) {
                        to.write(copy, 0, from.tensor(name).data());
                    }
                }
                for (TensorInfo tensor : tensors) {
                    if (tensor.name().endsWith("moe.gate.weight")) {
                        to.write(tensor.name(), 0, arena.allocate(tensor.bytes()));
                    }
                }
                to.commit();
            }
        }
    }

    private static String router(String name) {
        return name.replace("mlp.gate_proj", "block_sparse_moe.gate");
    }

    private static List<String> copies(String name) {
        if (!name.contains(".mlp.")) {
            return List.of(name);
        }
        List<String> copies = new ArrayList<>();
        String part = name.substring(name.indexOf(".mlp.") + 5, name.lastIndexOf('.'));
        for (int expert = 0; expert < EXPERTS; expert++) {
            copies.add(name.replace("mlp." + part, "block_sparse_moe.experts." + expert + "." + NAMES.get(part)));
        }
        return copies;
    }

    @Test
    void typesOfExpertsAreFitted() throws IOException {
        Path text = model.resolve("stories.txt");
        Path target = folder.resolve("fit.gguf");
        Run fileType = Run.nibble("quantize", model, "--to", "Q3_K_M", "-o", folder.resolve("mix.gguf"));
        assertThat(fileType.exitCode()).as(fileType.err()).isZero();
        long budget = Files.size(folder.resolve("mix.gguf"));
        Run run = Run.nibble("quantize", model, "--fit", budget, "--calibrate", text, "--samples", 2, "--seqlen", 64, "-o", target,
                "--threads", 2, "--json");
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(Files.size(target)).isBetween(budget * 9 / 10, budget);
        JsonNode facts = JSON.readTree(run.out());
        boolean experts = false;
        for (JsonNode tensor : facts.get("tensors")) {
            experts |= tensor.get("name").asString().contains("ffn_down_exps") && !tensor.get("type").asString().equals("BF16");
        }
        assertThat(experts).as("experts are quantized").isTrue();
        assertThat(facts.get("fit").get("mean_kl").asDouble()).isBetween(0.0, 0.1);
    }

    @Test
    void expertsGetTheirCodesFromTheirOwnInputs() {
        Path gptq = folder.resolve("gptq.gguf");
        Path rtn = folder.resolve("rtn.gguf");
        for (Path out : List.of(gptq, rtn)) {
            String method = out.equals(gptq) ? "gptq" : "rtn";
            Run run = Run.nibble("quantize", model, "--method", method, "--to", "Q2_K", "--samples", 4, "--seqlen", 64, "-o", out,
                    "--threads", 2);
            assertThat(run.exitCode()).as(run.err()).isZero();
        }
        Run compared = Run.nibble("compare", model, gptq, rtn, "-f", model.resolve("stories.txt"), "--ctx", 64, "--chunks", 4, "--threads",
                2, "--json");
        assertThat(compared.exitCode()).as(compared.err()).isZero();
        JsonNode models = JSON.readTree(compared.out()).get("models");
        assertThat(models.get(0).get("mean_kl").asDouble()).isLessThan(0.95 * models.get(1).get("mean_kl").asDouble());
    }
}

package dev.nibble.core.layout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nibble.ProgressListener;
import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.checkpoint.open.Checkpoints;
import dev.nibble.core.codec.MXFP4;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.conversion.ModelSource;
import dev.nibble.core.job.NonFinitePolicy;
import dev.nibble.core.job.Provenance;
import dev.nibble.core.job.QuantizationJob;
import dev.nibble.core.job.TranscodingJob;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.layout.ForeignWeights.Foreign;
import dev.nibble.core.plan.FileTypes;
import dev.nibble.core.plan.TypeRequest;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.error.MalformedFileException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A random gpt-oss as published, with experts in MXFP4: run, moved into GGUF, and written again, bit by bit. */
class GptOssDirectoryTest {
    private static final int HIDDEN = 64;
    private static final int INNER = 96;
    private static final int EXPERTS = 4;
    private static final int LAYERS = 2;
    private static final int HEADS = 4;
    private static final int VOCABULARY = 50;
    private static final int[] TOKENS = {1, 20, 33, 47, 5, 9, 11, 8, 43, 14, 2};
    private static final String CONFIG = """
            {"model_type": "gpt_oss", "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4,
             "num_key_value_heads": 2, "head_dim": 32, "vocab_size": 50, "max_position_embeddings": 64, "rms_norm_eps": 1e-5,
             "sliding_window": 4, "num_local_experts": 4, "num_experts_per_tok": 2, "attention_bias": false,
             "rope_scaling": {"rope_type": "yarn", "factor": 32.0, "beta_fast": 32.0, "beta_slow": 1.0, "truncate": false,
                              "original_max_position_embeddings": 64},
             "tie_word_embeddings": false%s}
            """;
    private static final String QUANTIZED = ", \"quantization_config\": {\"quant_method\": \"mxfp4\","
            + " \"modules_to_not_convert\": [\"model.layers.*.self_attn\", \"lm_head\"]}";

    private final long seed = Long.getLong("nibble.seed", 42);
    private final Random random = new Random(seed);
    private final RandomDirectory directories = new RandomDirectory(random);

    @TempDir
    Path folder;

    private Path quantized;
    private Matrix expected;

    @BeforeEach
    void writeBoth() throws IOException {
        Map<String, Tensor> plain = new LinkedHashMap<>();
        Map<String, Tensor> experts = new LinkedHashMap<>();
        Map<String, Tensor> stored = new LinkedHashMap<>();
        plain.put("model.embed_tokens.weight", directories.drawn(VOCABULARY, HIDDEN, 1));
        plain.put("lm_head.weight", directories.drawn(VOCABULARY, HIDDEN, 1));
        plain.put("model.norm.weight", directories.drawn(1, HIDDEN, 1));
        for (int i = 0; i < LAYERS; i++) {
            String layer = "model.layers." + i + ".";
            plain.put(layer + "input_layernorm.weight", directories.drawn(1, HIDDEN, 1));
            plain.put(layer + "post_attention_layernorm.weight", directories.drawn(1, HIDDEN, 1));
            plain.put(layer + "self_attn.q_proj.weight", directories.drawn(128, HIDDEN, 0.1));
            plain.put(layer + "self_attn.k_proj.weight", directories.drawn(64, HIDDEN, 0.1));
            plain.put(layer + "self_attn.v_proj.weight", directories.drawn(64, HIDDEN, 0.1));
            plain.put(layer + "self_attn.o_proj.weight", directories.drawn(HIDDEN, 128, 0.1));
            plain.put(layer + "self_attn.sinks", directories.drawn(1, HEADS, 1));
            plain.put(layer + "mlp.router.weight", directories.drawn(EXPERTS, HIDDEN, 0.1));
            plain.put(layer + "mlp.router.bias", directories.drawn(1, EXPERTS, 0.1));
            plain.put(layer + "mlp.experts.gate_up_proj_bias", directories.drawn(EXPERTS, 2 * INNER, 0.3));
            plain.put(layer + "mlp.experts.down_proj_bias", directories.drawn(EXPERTS, HIDDEN, 0.3));
            addExperts(layer + "mlp.experts.gate_up_proj", 2 * INNER, HIDDEN, experts, stored);
            addExperts(layer + "mlp.experts.down_proj", HIDDEN, INNER, experts, stored);
        }
        stored.putAll(plain);
        plain.putAll(experts);
        quantized = RandomDirectory.write(folder.resolve("quantized"), CONFIG.formatted(QUANTIZED), stored, Map.of());
        Path decoded = RandomDirectory.write(folder.resolve("decoded"), CONFIG.formatted(""), plain, Map.of());
        expected = RandomDirectory.logits(decoded, TOKENS, "reference");
    }

    /** Plain experts are stored as inputs × outputs. */
    private void addExperts(String name, int outputs, int inputs, Map<String, Tensor> plain, Map<String, Tensor> stored) {
        Foreign foreign = FourBitFloats.draw(EXPERTS * outputs, inputs, random);
        Tensor blocks = foreign.parts().get("_blocks");
        Tensor scales = foreign.parts().get("_scales");
        stored.put(name + "_blocks", new Tensor(Plain.U8, Shape.of(EXPERTS, outputs, inputs / 32, 16), blocks.data()));
        stored.put(name + "_scales", new Tensor(Plain.U8, Shape.of(EXPERTS, outputs, inputs / 32), scales.data()));
        float[][] turned = new float[EXPERTS * inputs][outputs];
        for (int row = 0; row < EXPERTS * outputs; row++) {
            for (int k = 0; k < inputs; k++) {
                turned[row / outputs * inputs + k][row % outputs] = foreign.numbers()[row][k];
            }
        }
        plain.put(name, new Tensor(Plain.F32, Shape.of(EXPERTS, inputs, outputs), RandomDirectory.floats(turned).data()));
    }

    @Test
    void computesWhatItsNumbersSay() throws IOException {
        for (String backend : List.of("reference", "vector", RandomDirectory.DETECTED)) {
            Matrix found = RandomDirectory.logits(quantized, TOKENS, backend);
            RandomDirectory.assertClose(found, expected, backend + ", seed " + seed);
        }
        try (QuantizedCheckpoint file = (QuantizedCheckpoint) QuantizedCheckpoint.open(quantized)) {
            assertThat(file.description()).startsWith("MXFP4").endsWith("4 weights quantized");
            assertThat(file.names()).contains("model.layers.1.mlp.experts.gate_up_proj.weight",
                    "model.layers.1.mlp.experts.gate_up_proj_bias").noneMatch(name -> name.endsWith("_scales"));
        }
    }

    @Test
    void becomesGgufWithTheSameCodes() throws IOException {
        Path gguf = folder.resolve("exact.gguf");
        try (ModelSource opened = ModelSource.open(quantized)) {
            ModelSource source = opened.inGgufTypes();
            TypeRequest request = new TypeRequest(FileTypes.named("MXFP4_MOE"), false, List.of(), List.of(Pattern.compile("")),
                    Optional.empty(),
                    Optional.empty(), false);
            new QuantizationJob(source, request, Optional.empty(), NonFinitePolicy.REFUSE).run(gguf, true, 1,
                    new Provenance("test", Provenance.options(request), source.files()), ProgressListener.SILENT);
        }
        try (Checkpoint file = Checkpoints.open(gguf);
                QuantizedCheckpoint source = (QuantizedCheckpoint) QuantizedCheckpoint.open(quantized)) {
            for (String name : List.of("gate", "up", "down")) {
                Tensor moved = file.tensor("blk.1.ffn_" + name + "_exps.weight");
                assertThat(moved.codec()).isEqualTo(MXFP4.MXFP4);
                Tensor whole = source.weight("model.layers.1.mlp.experts." + (name.equals("down") ? "down" : "gate_up") + "_proj.weight")
                        .values();
                for (long row = 0; row < moved.rows(); row++) {
                    long from = name.equals("down") ? row : 2 * row + (name.equals("up") ? 1 : 0);
                    assertThat(moved.data().asSlice(row * moved.rowBytes(), moved.rowBytes())
                            .mismatch(whole.data().asSlice(from * whole.rowBytes(), whole.rowBytes()))).isEqualTo(-1);
                }
            }
        }
        RandomDirectory.assertClose(RandomDirectory.logits(gguf, TOKENS, "reference"), expected, "GGUF, seed " + seed);
    }

    @Test
    void isWrittenAsItWas() throws IOException {
        Path again = folder.resolve("again");
        assertThat(new TranscodingJob(quantized, Mxfp4Layout.STACKED).run(again, false, warning -> {})).hasSize(4);
        try (Checkpoint before = Checkpoints.open(quantized); Checkpoint after = Checkpoints.open(again)) {
            assertThat(after.names()).isEqualTo(before.names());
            for (String name : before.names()) {
                assertThat(after.info(name)).isEqualTo(before.info(name));
                assertThat(after.tensor(name).data().mismatch(before.tensor(name).data())).as(name).isEqualTo(-1);
            }
        }
    }

    @Test
    void saysWhatIsMissing() throws IOException {
        Path incomplete = RandomDirectory.write(folder.resolve("incomplete"), CONFIG.formatted(QUANTIZED),
                Map.of("model.layers.0.mlp.experts.down_proj_blocks", new Tensor(Plain.U8, Shape.of(1, 1, 1, 16),
                        Arena.ofAuto().allocate(16))),
                Map.of());
        assertThatThrownBy(() -> ModelSource.open(incomplete)).isInstanceOf(MalformedFileException.class)
                .hasMessageContaining("model.layers.0.mlp.experts.down_proj_scales").hasMessageContaining("is missing");
    }
}

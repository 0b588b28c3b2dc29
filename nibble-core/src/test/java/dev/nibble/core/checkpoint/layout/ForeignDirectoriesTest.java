package dev.nibble.core.checkpoint.layout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.nibble.core.backend.Backends;
import dev.nibble.core.checkpoint.CheckpointWriter;
import dev.nibble.core.checkpoint.SafetensorsWriter;
import dev.nibble.core.checkpoint.layout.ForeignWeights.Foreign;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.inference.LoadOptions;
import dev.nibble.core.inference.LoadedModel;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.model.Batch;
import dev.nibble.core.model.KvCache;
import dev.nibble.core.tensor.Importance;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.TensorInfo;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A Llama of random weights in a format of others, loaded and run: it computes what its numbers compute as plain floats. */
class ForeignDirectoriesTest {
    private static final int HIDDEN = 128;
    private static final int INNER = 256;
    private static final int VOCABULARY = 50;
    private static final int LAYERS = 2;
    private static final int[] TOKENS = {1, 20, 33, 47, 5, 9, 11, 8, 43, 14, 2};
    private static final String CONFIG = """
            {"model_type": "llama", "hidden_size": 128, "intermediate_size": 256, "num_hidden_layers": 2, "num_attention_heads": 4,
             "num_key_value_heads": 4, "vocab_size": 50, "max_position_embeddings": 64, "rms_norm_eps": 1e-5,
             "tie_word_embeddings": false%s}
            """;

    private final long seed = Long.getLong("nibble.seed", 42);
    private final Random random = new Random(seed);

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource
    void computesWhatItsNumbersSay(ForeignWeights format) throws IOException {
        Map<String, Tensor> plain = new LinkedHashMap<>();
        Map<String, Tensor> stored = new LinkedHashMap<>();
        Map<String, String> metadata = new LinkedHashMap<>();
        for (String name : List.of("model.embed_tokens", "lm_head")) {
            plain.put(name + ".weight", drawn(VOCABULARY, HIDDEN, 1));
        }
        plain.put("model.norm.weight", drawn(1, HIDDEN, 1));
        for (int i = 0; i < LAYERS; i++) {
            plain.put("model.layers." + i + ".input_layernorm.weight", drawn(1, HIDDEN, 1));
            plain.put("model.layers." + i + ".post_attention_layernorm.weight", drawn(1, HIDDEN, 1));
        }
        stored.putAll(plain);
        for (int i = 0; i < LAYERS; i++) {
            for (String name : List.of("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "mlp.gate_proj",
                    "mlp.up_proj", "mlp.down_proj")) {
                String module = "model.layers." + i + "." + name;
                boolean wide = name.startsWith("mlp");
                boolean down = name.equals("mlp.down_proj");
                Foreign foreign = format.draw(wide && !down ? INNER : HIDDEN, down ? INNER : HIDDEN, random);
                foreign.parts().forEach((part, tensor) -> stored.put(module + part, tensor));
                if (!foreign.description().isEmpty()) {
                    metadata.put(module + ".weight", foreign.description());
                }
                plain.put(module + ".weight", floats(foreign.numbers()));
            }
        }
        Path quantized = write("quantized", CONFIG.formatted(", \"quantization_config\": " + format.config), stored, metadata);
        Path decoded = write("decoded", CONFIG.formatted(""), plain, Map.of());
        Matrix expected = logits(decoded, "reference");
        double largest = 0;
        for (float logit : expected.data()) {
            largest = Math.max(largest, Math.abs(logit));
        }
        for (String backend : List.of("reference", "vector")) {
            Matrix found = logits(quantized, backend);
            for (int i = 0; i < found.data().length; i++) {
                assertThat((double) found.data()[i]).as("%s, %s, logit %d, seed %d", format, backend, i, seed)
                        .isCloseTo(expected.data()[i], within(1e-4 * largest));
            }
        }
        try (QuantizedCheckpoint file = (QuantizedCheckpoint) QuantizedCheckpoint.open(quantized)) {
            assertThat(file.warnings()).isEmpty();
            assertThat(file.description()).endsWith("14 weights quantized");
            assertThat(file.names()).containsExactlyInAnyOrderElementsOf(plain.keySet());
        }
    }

    private Tensor drawn(int rows, int columns, double spread) {
        float[][] numbers = new float[rows][columns];
        for (float[] row : numbers) {
            for (int i = 0; i < columns; i++) {
                row[i] = (float) (spread * random.nextGaussian());
            }
        }
        return rows == 1 ? new Tensor(Plain.F32, Shape.of(columns), floats(numbers).data()) : floats(numbers);
    }

    private static Tensor floats(float[][] numbers) {
        int columns = numbers[0].length;
        MemorySegment data = Arena.ofAuto().allocate(4L * numbers.length * columns);
        for (int row = 0; row < numbers.length; row++) {
            Plain.F32.encode(numbers[row], 0, columns, Importance.EQUAL, data, 4L * row * columns);
        }
        return new Tensor(Plain.F32, Shape.of(numbers.length, columns), data);
    }

    private Path write(String name, String config, Map<String, Tensor> tensors, Map<String, String> metadata) throws IOException {
        Path directory = Files.createDirectories(folder.resolve(name));
        Files.writeString(directory.resolve("config.json"), config);
        List<TensorInfo> infos = tensors.entrySet().stream()
                .map(entry -> new TensorInfo(entry.getKey(), entry.getValue().codec(), entry.getValue().shape())).toList();
        try (CheckpointWriter writer = SafetensorsWriter.create(directory.resolve("model.safetensors"), metadata, infos, true)) {
            for (TensorInfo info : infos) {
                writer.write(info.name(), 0, tensors.get(info.name()).data());
            }
            writer.commit();
        }
        return directory;
    }

    private static Matrix logits(Path directory, String backend) throws IOException {
        LoadOptions options = new LoadOptions(Backends.forced(backend), 2);
        try (LoadedModel loaded = LoadedModel.open(directory, options);
                KvCache cache = new KvCache(loaded.kvShape(), Plain.F32, TOKENS.length)) {
            Matrix hidden = Matrix.of(TOKENS.length, loaded.hidden());
            loaded.forward(Batch.of(cache, TOKENS), hidden);
            Matrix logits = Matrix.of(TOKENS.length, loaded.vocabulary());
            loaded.logits(hidden, logits);
            return logits;
        }
    }
}

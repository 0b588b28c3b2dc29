package dev.nibble.core.layout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.layout.ForeignWeights.Foreign;
import dev.nibble.core.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A random Llama in foreign formats, loaded and run: the outputs are those of its values as plain floats. */
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
    private final RandomDirectory directories = new RandomDirectory(random);

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource
    void computesWhatItsNumbersSay(ForeignWeights format) throws IOException {
        Map<String, Tensor> plain = new LinkedHashMap<>();
        Map<String, Tensor> stored = new LinkedHashMap<>();
        Map<String, String> metadata = new LinkedHashMap<>();
        for (String name : List.of("model.embed_tokens", "lm_head")) {
            plain.put(name + ".weight", directories.drawn(VOCABULARY, HIDDEN, 1));
        }
        plain.put("model.norm.weight", directories.drawn(1, HIDDEN, 1));
        for (int i = 0; i < LAYERS; i++) {
            plain.put("model.layers." + i + ".input_layernorm.weight", directories.drawn(1, HIDDEN, 1));
            plain.put("model.layers." + i + ".post_attention_layernorm.weight", directories.drawn(1, HIDDEN, 1));
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
                plain.put(module + ".weight", RandomDirectory.floats(foreign.numbers()));
            }
        }
        Path quantized = RandomDirectory.write(folder.resolve("quantized"), CONFIG.formatted(", \"quantization_config\": " + format.config),
                stored, metadata);
        Path decoded = RandomDirectory.write(folder.resolve("decoded"), CONFIG.formatted(""), plain, Map.of());
        Matrix expected = RandomDirectory.logits(decoded, TOKENS, "reference");
        for (String backend : List.of("reference", "vector", RandomDirectory.DETECTED)) {
            Matrix found = RandomDirectory.logits(quantized, TOKENS, backend);
            RandomDirectory.assertClose(found, expected, format + ", " + backend + ", seed " + seed);
        }
        try (QuantizedCheckpoint file = (QuantizedCheckpoint) QuantizedCheckpoint.open(quantized)) {
            assertThat(file.warnings()).isEmpty();
            assertThat(file.description()).endsWith("14 weights quantized");
            assertThat(file.names()).containsExactlyInAnyOrderElementsOf(plain.keySet());
        }
    }
}

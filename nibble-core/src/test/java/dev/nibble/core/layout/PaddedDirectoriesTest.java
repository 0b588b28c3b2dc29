package dev.nibble.core.layout;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nibble.core.conversion.ModelSource;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.layout.ForeignWeights.Foreign;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.error.MalformedFileException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A Llama whose vocabulary and inner width do not fill tiles, so that its weights are padded: the padding, noise here, has no effect. */
class PaddedDirectoriesTest {
    private static final int HIDDEN = 128;
    private static final int INNER = 200;
    private static final int VOCABULARY = 50;
    private static final int[] TOKENS = {1, 20, 33, 47, 5, 9, 11, 8, 43, 14, 2};
    private static final String LAYER = "model.layers.0.";
    private static final String CONFIG = """
            {"model_type": "llama", "hidden_size": 128, "intermediate_size": 200, "num_hidden_layers": 1, "num_attention_heads": 4,
             "num_key_value_heads": 1, "vocab_size": 50, "max_position_embeddings": 64, "rms_norm_eps": 1e-5,
             "tie_word_embeddings": false%s}
            """;

    private final long seed = Long.getLong("nibble.seed", 42);
    private final Random random = new Random(seed);
    private final RandomDirectory directories = new RandomDirectory(random);
    private final Map<String, Tensor> plain = new LinkedHashMap<>();
    private final Map<String, Tensor> stored = new LinkedHashMap<>();

    @TempDir
    Path folder;

    private void draw(ForeignWeights format, int outputUnit, int inputUnit) {
        plain.put("model.embed_tokens.weight", directories.drawn(VOCABULARY, HIDDEN, 1));
        for (String norm : List.of("model.norm", LAYER + "input_layernorm", LAYER + "post_attention_layernorm")) {
            plain.put(norm + ".weight", directories.drawn(1, HIDDEN, 1));
        }
        stored.putAll(plain);
        add(format, "lm_head", VOCABULARY, outputUnit, HIDDEN, inputUnit);
        add(format, LAYER + "self_attn.q_proj", HIDDEN, outputUnit, HIDDEN, inputUnit);
        add(format, LAYER + "self_attn.k_proj", HIDDEN / 4, outputUnit, HIDDEN, inputUnit);
        add(format, LAYER + "self_attn.v_proj", HIDDEN / 4, outputUnit, HIDDEN, inputUnit);
        add(format, LAYER + "self_attn.o_proj", HIDDEN, outputUnit, HIDDEN, inputUnit);
        add(format, LAYER + "mlp.gate_proj", INNER, outputUnit, HIDDEN, inputUnit);
        add(format, LAYER + "mlp.up_proj", INNER, outputUnit, HIDDEN, inputUnit);
        add(format, LAYER + "mlp.down_proj", HIDDEN, outputUnit, INNER, inputUnit);
    }

    private void add(ForeignWeights format, String module, int outputs, int outputUnit, int inputs, int inputUnit) {
        Foreign foreign = format.draw(Math.ceilDiv(outputs, outputUnit) * outputUnit, Math.ceilDiv(inputs, inputUnit) * inputUnit, random);
        foreign.parts().forEach((part, tensor) -> stored.put(module + part, tensor));
        float[][] numbers = Arrays.stream(foreign.numbers()).limit(outputs).map(row -> Arrays.copyOf(row, inputs)).toArray(float[][]::new);
        plain.put(module + ".weight", RandomDirectory.floats(numbers));
    }

    private Path quantized(ForeignWeights format) throws IOException {
        String config = CONFIG.formatted(", \"quantization_config\": " + format.config);
        return RandomDirectory.write(folder.resolve("quantized"), config, stored, Map.of());
    }

    @ParameterizedTest
    @CsvSource({"EXL2, 32, 1", "EXL3, 128, 128"})
    void computesWhatTheModelsPartSays(ForeignWeights format, int outputUnit, int inputUnit) throws IOException {
        draw(format, outputUnit, inputUnit);
        Path quantized = quantized(format);
        Path decoded = RandomDirectory.write(folder.resolve("decoded"), CONFIG.formatted(""), plain, Map.of());
        Matrix expected = RandomDirectory.logits(decoded, TOKENS, "reference");
        for (String backend : List.of("reference", RandomDirectory.DETECTED)) {
            RandomDirectory.assertClose(RandomDirectory.logits(quantized, TOKENS, backend), expected,
                    format + ", " + backend + ", " + seed);
        }
    }

    /** A shape that padding does not explain belongs to another model. */
    @ParameterizedTest
    @CsvSource({"EXL2, 32, 1", "EXL3, 128, 128"})
    void refusesOtherShapes(ForeignWeights format, int outputUnit, int inputUnit) throws IOException {
        draw(format, outputUnit, inputUnit);
        add(format, LAYER + "mlp.up_proj", INNER + outputUnit, outputUnit, HIDDEN, inputUnit);
        Path directory = quantized(format);
        assertThatThrownBy(() -> ModelSource.open(directory)).isInstanceOf(MalformedFileException.class)
                .hasMessageContaining(LAYER + "mlp.up_proj.weight").hasMessageContaining("instead of [200×128]");
    }
}

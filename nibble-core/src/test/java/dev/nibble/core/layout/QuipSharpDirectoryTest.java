package dev.nibble.core.layout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.nibble.core.codec.Plain;
import dev.nibble.core.conversion.ModelSource;
import dev.nibble.core.conversion.TensorSource;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.layout.ForeignWeights.Foreign;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.Weight;
import dev.nibble.error.MalformedFileException;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A random Llama as QuIP#'s program publishes them: queries, keys and values fused, up and gate fused, and no side a power of two.
 */
class QuipSharpDirectoryTest {
    private static final int HIDDEN = 192; // 12 · 16; with keys and values 384
    private static final int KEYS = 96;
    private static final int INNER = 320; // 20 · 16; up and gate 640
    private static final int VOCABULARY = 50;
    private static final int LAYERS = 2;
    private static final int[] TOKENS = {1, 20, 33, 47, 5, 9, 11, 8, 43, 14, 2};
    private static final String CONFIG = """
            {"model_type": "llama", "hidden_size": 192, "intermediate_size": 320, "num_hidden_layers": 2,
             %s "num_key_value_heads": 2, "vocab_size": 50, "max_position_embeddings": 64, "rms_norm_eps": 1e-5,
             "tie_word_embeddings": false%s}
            """;
    private static final String HEADS = "\"num_attention_heads\": 4,";
    private static final String QUANTIZED = """
            , "quip_params": {"lora_rank": 0, "rescale_WH": false, "codebook": "E8P12", "codebook_version": 1, "codesz": 8,
             "idx_dtype": "torch.int64", "packsz": 4, "model_version": 1, "resid_scale_override": -1}""";
    private static final String QKV = "model.layers.1.self_attn.qkv_proj";

    private final long seed = Long.getLong("nibble.seed", 42);
    private final Random random = new Random(seed);
    private final RandomDirectory directories = new RandomDirectory(random);
    private final Map<String, Tensor> plain = new LinkedHashMap<>();
    private final Map<String, Tensor> stored = new LinkedHashMap<>();

    @TempDir
    Path folder;

    @BeforeEach
    void drawModel() {
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
            String layer = "model.layers." + i + ".";
            fuse(layer + "self_attn.", "qkv_proj", HIDDEN, List.of("q_proj", "k_proj", "v_proj"), HIDDEN, KEYS, KEYS);
            fuse(layer + "self_attn.", "o_proj", HIDDEN, List.of("o_proj"), HIDDEN);
            fuse(layer + "mlp.", "upgate_proj", HIDDEN, List.of("up_proj", "gate_proj"), INNER, INNER);
            fuse(layer + "mlp.", "down_proj", INNER, List.of("down_proj"), HIDDEN);
        }
    }

    /** Draws one weight, stores it, and splits its values. A weight of several layers has a scale for each. */
    private void fuse(String prefix, String module, int inputs, List<String> names, int... outputs) {
        Foreign foreign = LatticeWords.draw(Arrays.stream(outputs).sum(), inputs, 2, random);
        foreign.parts().forEach((part, tensor) -> stored.put(prefix + module + part, tensor));
        float[] scales = new float[outputs.length];
        int row = 0;
        for (int i = 0; i < outputs.length; i++) {
            scales[i] = names.size() == 1 ? 1 : 0.5f + random.nextInt(1, 8) / 8f;
            float[][] numbers = new float[outputs[i]][inputs];
            for (float[] own : numbers) {
                for (int k = 0; k < inputs; k++) {
                    own[k] = scales[i] * foreign.numbers()[row][k];
                }
                row++;
            }
            plain.put(prefix + names.get(i) + ".weight", RandomDirectory.floats(numbers));
        }
        if (names.size() > 1) {
            int[] bits = new int[scales.length];
            Arrays.setAll(bits, i -> Float.floatToIntBits(scales[i]));
            stored.put(prefix + module + ".fuse_scales",
                    new Tensor(Plain.F32, Shape.of(scales.length), ForeignWeights.words(bits, scales.length).data()));
        }
    }

    private Path quantized() throws IOException {
        return RandomDirectory.write(folder.resolve("quantized"), CONFIG.formatted(HEADS, QUANTIZED), stored, Map.of());
    }

    @Test
    void computesWhatItsNumbersSay() throws IOException {
        Path quantized = quantized();
        Path decoded = RandomDirectory.write(folder.resolve("decoded"), CONFIG.formatted(HEADS, ""), plain, Map.of());
        Matrix expected = RandomDirectory.logits(decoded, TOKENS, "reference");
        for (String backend : List.of("reference", RandomDirectory.DETECTED)) {
            RandomDirectory.assertClose(RandomDirectory.logits(quantized, TOKENS, backend), expected, backend + ", seed " + seed);
        }
    }

    @Test
    void showsTheLayersOfTheModel() throws IOException {
        try (QuantizedCheckpoint file = (QuantizedCheckpoint) QuantizedCheckpoint.open(quantized())) {
            assertThat(file.warnings()).isEmpty();
            assertThat(file.names()).containsExactlyInAnyOrderElementsOf(plain.keySet());
            for (String name : List.of("model.layers.1.self_attn.k_proj.weight", "model.layers.1.mlp.gate_proj.weight")) {
                Weight weight = file.weight(name);
                Tensor numbers = plain.get(name);
                assertThat(file.info(name).shape()).isEqualTo(numbers.shape());
                float[] found = new float[HIDDEN];
                float[] expected = new float[HIDDEN];
                for (long row = 0; row < numbers.rows(); row += 51) {
                    weight.read(row, found, 0);
                    numbers.decode(row, 0, expected, 0, HIDDEN);
                    assertThat(found).as("%s, row %d, seed %d", name, row, seed).containsExactly(expected, within(1e-6f));
                }
            }
        }
    }

    /** Values in the order of quantization and conversion: rows of queries and keys in GGUF's order. */
    @Test
    void readsTheNumbersOfEveryTensor() throws IOException {
        Path decoded = RandomDirectory.write(folder.resolve("decoded"), CONFIG.formatted(HEADS, ""), plain, Map.of());
        try (ModelSource found = ModelSource.open(quantized()); ModelSource expected = ModelSource.open(decoded)) {
            for (int i = 0; i < expected.tensors().size(); i++) {
                TensorSource source = expected.tensors().get(i);
                Shape shape = source.info().shape();
                assertThat(found.tensors().get(i).info().name()).isEqualTo(source.info().name());
                assertThat(found.tensors().get(i).info().shape()).isEqualTo(shape);
                float[] numbers = new float[(int) shape.count()];
                float[] read = new float[numbers.length];
                source.read(0, (int) shape.rows(), numbers, 0);
                found.tensors().get(i).read(0, (int) shape.rows(), read, 0);
                assertThat(read).as("%s, seed %d", source.info().name(), seed).containsExactly(numbers, within(1e-6f));
            }
        }
    }

    /** A fused weight is in memory once: 2 bits per value and no more. */
    @Test
    void keepsTheFusedLayersInLowBits() throws IOException {
        long numbers = (long) LAYERS * HIDDEN * (HIDDEN + 2 * KEYS + HIDDEN + 3 * INNER);
        assertThat(RandomDirectory.bytesPerToken(quantized()) - 4L * VOCABULARY * HIDDEN).isBetween(numbers / 4, numbers / 4 * 11 / 10);
    }

    @Test
    void saysWhatIsWrongWithFusedLayers() throws IOException {
        stored.put(QKV + ".fuse_scales", new Tensor(Plain.F32, Shape.of(2), ForeignWeights.words(new int[2], 2).data()));
        assertRefused(HEADS, MalformedFileException.class, QKV + ".fuse_scales", "expected 3 numbers");
        stored.put(QKV + ".fuse_scales", new Tensor(Plain.F32, Shape.of(3), ForeignWeights.words(new int[]{0, 0x7FC00000, 0}, 3).data()));
        assertRefused(HEADS, MalformedFileException.class, QKV + ".fuse_scales", "number 1 is not finite");
        stored.remove(QKV + ".fuse_scales");
        assertRefused(HEADS, MalformedFileException.class, "model.layers.1.self_attn.q_proj.weight", "");
    }

    @Test
    void saysWhatIsWrongWithHeads() throws IOException {
        assertRefused("", UnsupportedException.class, "model.layers.0.self_attn.qkv_proj", "num_attention_heads");
        assertRefused("\"num_attention_heads\": 5,", MalformedFileException.class, "qkv_proj.Qidxs", "5 heads of queries and 2 of keys");
    }

    @Test
    void saysWhatIsThereTwice() throws IOException {
        stored.put("model.layers.1.self_attn.k_proj.weight", directories.drawn(KEYS, HIDDEN, 1));
        assertRefused(HEADS, MalformedFileException.class, "model.layers.1.self_attn.k_proj.weight", "one of the layers in " + QKV);
        stored.remove("model.layers.1.self_attn.k_proj.weight");
        LatticeWords.draw(KEYS, HIDDEN, 2, random).parts()
                .forEach((part, tensor) -> stored.put("model.layers.1.self_attn.k_proj" + part, tensor));
        assertRefused(HEADS, MalformedFileException.class, "model.layers.1.self_attn.k_proj.weight", "is there twice");
    }

    private void assertRefused(String heads, Class<? extends Exception> kind, String where, String what) throws IOException {
        Path directory = RandomDirectory.write(folder.resolve("refused"), CONFIG.formatted(heads, QUANTIZED), stored, Map.of());
        assertThatThrownBy(() -> ModelSource.open(directory)).isInstanceOf(kind).hasMessageContaining(where).hasMessageContaining(what);
    }
}

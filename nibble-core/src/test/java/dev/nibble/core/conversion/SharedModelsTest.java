package dev.nibble.core.conversion;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nibble.core.SharedMaterial;
import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.checkpoint.gguf.Gguf;
import dev.nibble.core.checkpoint.gguf.GgufMetadata;
import dev.nibble.core.checkpoint.open.Checkpoints;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.tensor.Codec;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Real models: to GGUF as written by llama.cpp, and back losslessly. */
@Tag("shared")
class SharedModelsTest {
    @TempDir
    Path folder;

    /** Equality with llama.cpp's file: names, order, shapes, types and bytes. */
    @Test
    void writesTheTensorsThatLlamaCppWrites() throws Exception {
        Path directory = SharedMaterial.path("models/derived/babyllama-105-wide256");
        JsonNode golden = JsonMapper.shared().readTree(SharedMaterial.path("golden/gguf-mixes/babyllama-105-wide256.json"))
                .at("/quantizations/F16/tensors");
        try (Checkpoint weights = Checkpoints.open(directory)) {
            ConversionPlan plan = GgufConversion.plan(directory, weights);
            assertThat(plan.tensors().stream().map(source -> source.info().name())).containsExactlyElementsOf(golden.propertyNames());
            for (TensorSource source : plan.tensors()) {
                JsonNode expected = golden.get(source.info().name());
                Codec codec = GgufConversion.alwaysF32(source.info().name(), source.info().shape()) ? Plain.F32 : Plain.F16;
                assertThat(codec.ggufType().orElseThrow()).isEqualTo(expected.get("ggml_type").asInt());
                List<Long> shape = new ArrayList<>();
                expected.get("shape").forEach(dimension -> shape.add(dimension.asLong()));
                assertThat(source.info().shape().dimensions().reversed()).as(source.info().name()).isEqualTo(shape);
                assertThat(sha256(Written.bytes(source, codec).toArray(ValueLayout.JAVA_BYTE))).as(source.info().name())
                        .isEqualTo(expected.get("sha256").asString());
            }
        }
    }

    /** llama2.c's authors made their GGUF file from weights in the original order, not from Hugging Face's. */
    @Test
    void putsRowsInTheOrderOfTheOriginalLlama() throws IOException {
        Path directory = SharedMaterial.path("models/stories260K");
        try (Checkpoint weights = Checkpoints.open(directory);
                Gguf original = Gguf.open(SharedMaterial.path("models/raw/stories260K.gguf"))) {
            ConversionPlan plan = GgufConversion.plan(directory, weights);
            List<String> names = new ArrayList<>(original.names());
            names.remove("output.weight"); // a second copy of the embedding
            names.sort(GgufConversion.FILE_ORDER);
            assertThat(plan.tensors().stream().map(source -> source.info().name())).containsExactlyElementsOf(names);
            for (TensorSource source : plan.tensors()) {
                assertThat(source.info().shape()).isEqualTo(original.info(source.info().name()).shape());
                assertSameBits(source.info().name(), InMemoryCheckpoint.numbers(source),
                        InMemoryCheckpoint.numbers(original.tensor(source.info().name())));
            }
            for (String key : List.of("tokens", "scores", "token_type")) {
                assertThat(plan.metadata().get("tokenizer.ggml." + key)).isEqualTo(original.ggufMetadata().get("tokenizer.ggml." + key));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"babyllama-105", "gpt2-char-jain", "gpt2-nano-sort", "gpt2-shakespeare-adi", "opt-wine-smollgpt", "stories260K",
        "tinystories-656k", "derived/babyllama-105-wide256", "derived/gpt2-shakespeare-as-gptneo", "derived/stories260K-as-mistral",
        "derived/stories260K-as-phi3", "derived/stories260K-as-qwen2", "derived/stories260K-attention-bias",
        "derived/tinystories-656k-wide256"})
    void comesBackFromGgufUnchanged(String model) throws IOException {
        Path directory = SharedMaterial.path("models/" + model);
        Path restored = folder.resolve("restored");
        try (Checkpoint weights = Checkpoints.open(directory)) {
            ConversionPlan plan = GgufConversion.plan(directory, weights);
            try (Gguf gguf = Written.gguf(folder.resolve("model.gguf"), plan.metadata(), plan.tensors(), Plain.F32)) {
                SafetensorsConversion.Plan back = SafetensorsConversion.plan(gguf, Plain.F32);
                compare(weights, back.tensors(), model.equals("tinystories-656k"));
                Written.directory(restored, back);
            }
            try (Checkpoint second = Checkpoints.open(restored)) {
                assertSameMetadata(plan.metadata(), GgufConversion.plan(restored, second).metadata());
            }
        }
    }

    /** @param onlyHead whether the shared weights are stored under the head's name; they are restored under the embedding's */
    private static void compare(Checkpoint weights, List<TensorSource> back, boolean onlyHead) {
        Map<String, String> names = new LinkedHashMap<>();
        weights.names().forEach(name -> names.put(name, name));
        if (onlyHead) {
            names.remove("lm_head.weight");
            names.put("model.embed_tokens.weight", "lm_head.weight");
        }
        assertThat(back.stream().map(source -> source.info().name())).containsExactlyElementsOf(new TreeSet<>(names.keySet()));
        for (TensorSource source : back) {
            String name = names.get(source.info().name());
            assertThat(source.info().shape()).as(name).isEqualTo(weights.info(name).shape());
            assertSameBits(name, InMemoryCheckpoint.numbers(source), InMemoryCheckpoint.numbers(weights.tensor(name)));
        }
    }

    /** The second conversion describes the same model. Scores only order the merges: the rank matters, not the value. */
    private static void assertSameMetadata(GgufMetadata first, GgufMetadata second) {
        GgufMetadata one = new GgufMetadata(first).remove("general.name");
        GgufMetadata other = new GgufMetadata(second).remove("general.name");
        List<Integer> order = mergeOrder(one);
        assertThat(mergeOrder(other)).isEqualTo(order);
        one.remove("tokenizer.ggml.scores");
        other.remove("tokenizer.ggml.scores");
        assertThat(other.values()).containsExactlyInAnyOrderEntriesOf(one.values());
    }

    /** The ids of the tokens of several characters, in merge order. */
    private static List<Integer> mergeOrder(GgufMetadata metadata) {
        List<?> scores = (List<?>) metadata.get("tokenizer.ggml.scores").orElse(List.of());
        List<?> tokens = (List<?>) metadata.get("tokenizer.ggml.tokens").orElseThrow();
        List<?> types = (List<?>) metadata.get("tokenizer.ggml.token_type").orElseThrow();
        List<Integer> ids = new ArrayList<>();
        for (int id = 0; id < scores.size(); id++) {
            String text = (String) tokens.get(id);
            if (types.get(id).equals(1L) && text.codePointCount(0, text.length()) > 1) {
                ids.add(id);
            }
        }
        ids.sort(Comparator.comparingDouble(id -> -(Float) scores.get(id)));
        return ids;
    }

    private static void assertSameBits(String name, float[] found, float[] expected) {
        assertThat(found.length).isEqualTo(expected.length);
        for (int i = 0; i < found.length; i++) {
            if (Float.floatToRawIntBits(found[i]) != Float.floatToRawIntBits(expected[i])) {
                throw new AssertionError(name + "[" + i + "]: " + found[i] + " instead of " + expected[i]);
            }
        }
    }

    private static String sha256(byte[] bytes) throws NoSuchAlgorithmException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }
}

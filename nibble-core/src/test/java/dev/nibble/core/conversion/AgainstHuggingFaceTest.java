package dev.nibble.core.conversion;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nibble.core.SharedMaterial;
import dev.nibble.core.checkpoint.gguf.Gguf;
import dev.nibble.text.tokenizer.GgufVocabulary;
import dev.nibble.text.tokenizer.HuggingFaceTokenizer;
import dev.nibble.text.tokenizer.Tokenizer;
import dev.nibble.text.tokenizer.Tokenizers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Equality with Hugging Face's library: ids from text, text from ids. */
@Tag("shared")
class AgainstHuggingFaceTest {
    private static final long SEED = 20261122;
    private static final int TEXTS = 2000;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"models/babyllama-105", "models/gpt2-char-jain", "models/gpt2-shakespeare-adi", "models/opt-wine-smollgpt",
        "models/stories260K", "models/tinystories-656k", "tokenizers/falcon", "tokenizers/phi-2", "tokenizers/phi-3"})
    void tokenizerJson(String name) throws IOException {
        compare(SharedMaterial.path(name + "/tokenizer.json"), true);
    }

    /** Files made from GGUF vocabularies. */
    @ParameterizedTest
    @ValueSource(strings = {"gpt-2", "llama-spm", "starcoder", "mpt", "deepseek-coder"})
    void restoredTokenizerJson(String name) throws IOException {
        Path gguf = SharedMaterial.path("tokenizers/ggml-vocab/ggml-vocab-" + name + ".gguf");
        try (Gguf file = Gguf.open(gguf)) {
            String json = HuggingFaceTokenizer.files(GgufVocabulary.of(ModelTokenizers.source(file.ggufMetadata(), gguf)), warning -> {})
                    .get("tokenizer.json");
            Files.writeString(folder.resolve("tokenizer.json"), json);
        }
        // the library takes ü, a token of its own there, for the byte FC
        compare(folder.resolve("tokenizer.json"), !name.equals("deepseek-coder"));
    }

    private static void compare(Path file, boolean decoding) throws IOException {
        List<String> texts = new ArrayList<>(GoldenIdsTest.texts("gpt-2"));
        RandomTexts random = new RandomTexts(SEED);
        for (int i = 0; i < TEXTS; i++) {
            texts.add(random.next());
        }
        try (Tokenizer ours = Tokenizers.open(file); HuggingFaceLibrary theirs = HuggingFaceLibrary.open(file)) {
            for (int i = 0; i < texts.size(); i++) {
                String text = texts.get(i);
                boolean addSpecial = i % 4 == 0;
                int[] ids = ours.encode(text, addSpecial, true);
                assertThat(Arrays.stream(ids).boxed().toList()).as("seed " + SEED + ": " + text).isEqualTo(theirs.encode(text, addSpecial));
                if (decoding) {
                    assertThat(ours.decode(ids)).as("seed " + SEED).isEqualTo(theirs.decode(ids));
                }
            }
        }
    }
}

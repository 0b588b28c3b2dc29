package dev.nibble.core.conversion;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nibble.core.SharedMaterial;
import dev.nibble.text.tokenizer.Tokenizer;
import dev.nibble.text.tokenizer.Tokenizers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Equality with llama.cpp's ids for 46 texts per vocabulary. */
@Tag("shared")
class GoldenIdsTest {
    private static final String SEPARATOR = "\n__ggml_vocab_test__\n";
    private static final int TEXTS = 46;

    static List<String> texts(String name) throws IOException {
        String all = Files.readString(SharedMaterial.path("tokenizers/ggml-vocab/ggml-vocab-" + name + ".gguf.inp"));
        String[] texts = all.split(SEPARATOR, -1); // nothing follows the last separator
        return List.of(texts).subList(0, texts.length - 1);
    }

    static List<List<Integer>> ids(String name) throws IOException {
        return Files.readAllLines(SharedMaterial.path("tokenizers/ggml-vocab/ggml-vocab-" + name + ".gguf.out")).stream().map(String::strip)
                .map(line -> line.isEmpty() ? List.<Integer>of() : Arrays.stream(line.split(" +")).map(Integer::valueOf).toList()).toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama-spm", "phi-3", "gpt-2", "falcon", "mpt", "starcoder", "refact", "deepseek-llm", "deepseek-coder",
        "bert-bge"})
    void vocabulary(String name) throws IOException {
        Path file = SharedMaterial.path("tokenizers/ggml-vocab/ggml-vocab-" + name + ".gguf");
        try (Tokenizer tokenizer = ModelTokenizers.open(file, warning -> {})) {
            check(tokenizer, name);
        }
    }

    /** llama3 and qwen as ranks of tiktoken, Llama 2 and Phi-3 also as tokenizer.json and SentencePiece. */
    @ParameterizedTest
    @CsvSource({"llama-bpe, llama3/tokenizer.model", "qwen2, qwen/qwen.tiktoken", "llama-spm, llama2/tokenizer.model",
        "llama-spm, llama2/tokenizer.json", "phi-3, phi-3/tokenizer.json", "falcon, falcon/tokenizer.json"})
    void otherFiles(String name, String file) throws IOException {
        try (Tokenizer tokenizer = Tokenizers.open(SharedMaterial.path("tokenizers/" + file))) {
            check(tokenizer, name);
        }
    }

    private static void check(Tokenizer tokenizer, String name) throws IOException {
        List<String> texts = texts(name);
        List<List<Integer>> expected = ids(name);
        assertThat(expected).hasSize(TEXTS);
        assertThat(texts).hasSize(TEXTS);
        SoftAssertions softly = new SoftAssertions();
        for (int i = 0; i < expected.size(); i++) {
            List<Integer> found = Arrays.stream(tokenizer.encode(texts.get(i), false, false)).boxed().toList();
            softly.assertThat(found).as(name + " " + i + ": " + texts.get(i)).isEqualTo(expected.get(i));
        }
        softly.assertAll();
    }
}

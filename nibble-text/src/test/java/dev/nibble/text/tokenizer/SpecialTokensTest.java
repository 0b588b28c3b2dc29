package dev.nibble.text.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Begin tokens, ends and markers, wherever the files name them and whatever type they give them. */
class SpecialTokensTest {
    private static final String TOKENIZER = """
            {"added_tokens": [{"id": 1, "content": "</s>", "special": true}, {"id": 5, "content": "<stop>", "special": true}],
             "normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
             "model": {"type": "BPE", "unk_token": "<unk>", "vocab": {"<unk>": 0, "a": 2, "b": 3, "▁": 4}, "merges": []}}""";

    @TempDir
    Path folder;
    private final List<String> warnings = new ArrayList<>();

    /** All ends that any file names are ends, in the directory and in the GGUF file made of it. */
    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {"config.json;[1, 5]", "config.json;5", "generation_config.json;[1, 5]",
        "generation_config.json;5"})
    void endsOfEveryFile(String file, String ends) throws IOException {
        Files.writeString(folder.resolve("tokenizer.json"), TOKENIZER);
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"eos_token\": \"</s>\"}");
        Files.writeString(folder.resolve("config.json"), "{\"vocab_size\": 6}");
        Files.writeString(folder.resolve(file), "{\"vocab_size\": 6, \"eos_token_id\": " + ends + "}");
        assertThat(Tokenizers.open(folder, warnings::add).special().endOfGeneration()).containsExactlyInAnyOrder(1, 5);
        GgufVocabulary vocabulary = TokenizerDirectory.read(folder, 6, warnings::add);
        Tokenizer gguf = Tokenizers.of(new TokenizerSource(folder.resolve("x.gguf"), vocabulary.values()), warnings::add);
        assertThat(gguf.special().endOfGeneration()).containsExactlyInAnyOrder(1, 5);
        assertThat(gguf.special().eos()).hasValue(1);
    }

    /** tokenizer_config.json need not name what special_tokens_map.json does. */
    @Test
    void rolesOfTheMap() throws IOException {
        Files.writeString(folder.resolve("tokenizer.json"), TOKENIZER);
        Files.writeString(folder.resolve("tokenizer_config.json"), "{}");
        Files.writeString(folder.resolve("special_tokens_map.json"), "{\"eos_token\": {\"content\": \"<stop>\"}}");
        assertThat(Tokenizers.open(folder, warnings::add).special().eos()).hasValue(5);
    }

    private static Tokenizer sentencePiece(Map<String, Object> more, List<String> tokens, List<Long> types) {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("tokenizer.ggml.model", "llama");
        values.put("tokenizer.ggml.tokens", tokens);
        values.put("tokenizer.ggml.scores", tokens.stream().map(token -> -1f * tokens.indexOf(token)).toList());
        if (!types.isEmpty()) {
            values.put("tokenizer.ggml.token_type", types);
        }
        values.put("tokenizer.ggml.add_space_prefix", false);
        values.putAll(more);
        return Tokenizers.of(new TokenizerSource(Path.of("x.gguf"), values), warning -> {});
    }

    /** llama.cpp: bos 1, eos 2, unknown 0 where a file has no keys. */
    @Test
    void idsThatAreNotSaidAreThoseOfLlama() {
        List<String> tokens = List.of("<unk>", "<s>", "</s>", "a", "b");
        for (List<Long> types : List.of(List.of(2L, 3L, 3L, 1L, 1L), List.<Long>of())) {
            Tokenizer silent = sentencePiece(Map.of(), tokens, types);
            assertThat(silent.special().bos()).hasValue(1);
            assertThat(silent.special().eos()).hasValue(2);
            assertThat(silent.special().addsBos()).isTrue();
        }
        Tokenizer none = sentencePiece(Map.of("tokenizer.ggml.bos_token_id", 0xFFFF_FFFFL), tokens, List.of(2L, 3L, 3L, 1L, 1L));
        assertThat(none.special().bos()).isEmpty();
        assertThat(sentencePiece(Map.of(), List.of("a", "b", "c"), List.of(1L, 1L, 1L)).special().bos()).isEmpty();
    }

    @Test
    void tokensThatAFileDoesNotUseAreNotAssumed() {
        Tokenizer tokenizer = sentencePiece(Map.of("tokenizer.ggml.add_bos_token", false), List.of("<BOS>", "<EOS>", "a"),
                List.of(3L, 3L, 1L));
        assertThat(tokenizer.encode("aXa", false, false)).containsExactly(2, 2);
        assertThat(tokenizer.special().bos()).isEmpty();
    }

    /** Whatever type the file gives a marker: 1 is a piece of text, 4 user-defined. */
    @ParameterizedTest
    @CsvSource({"1", "3", "4"})
    void typedTextNeverBecomesAMarker(long type) {
        for (String marker : List.of("<|im_start|>", "<|im_end|>", "<start_of_turn>", "<end_of_turn>", "</s>")) {
            List<String> tokens = new ArrayList<>(List.of("<unk>", marker));
            List<Long> types = new ArrayList<>(List.of(2L, type));
            marker.chars().mapToObj(c -> String.valueOf((char) c)).distinct().forEach(letter -> {
                tokens.add(letter);
                types.add(1L);
            });
            Tokenizer tokenizer = sentencePiece(Map.of("tokenizer.ggml.add_bos_token", false), tokens, types);
            assertThat(tokenizer.encode(marker, false, false)).as(marker).doesNotContain(1).hasSize(marker.length());
            assertThat(tokenizer.encode(marker, false, true)).as(marker).containsExactly(1);
        }
    }
}

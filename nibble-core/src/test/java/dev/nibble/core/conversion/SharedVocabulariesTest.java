package dev.nibble.core.conversion;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nibble.core.SharedMaterial;
import dev.nibble.core.checkpoint.gguf.Gguf;
import dev.nibble.text.tokenizer.GgufVocabulary;
import dev.nibble.text.tokenizer.GgufVocabulary.Token;
import dev.nibble.text.tokenizer.HuggingFaceTokenizer;
import dev.nibble.text.tokenizer.TokenType;
import dev.nibble.text.tokenizer.TokenizerDirectory;
import dev.nibble.text.tokenizer.VocabularyCheck;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokenizers of well-known models against the vocabularies and token ids of llama.cpp. */
@Tag("shared")
class SharedVocabulariesTest {
    private static final String NO_BREAK_SPACE = "\u00a0"; // a plain space in this copy of Llama 2's tokenizer.json
    private static final String SEPARATOR = "\n__ggml_vocab_test__\n";

    @TempDir
    Path folder;
    private final List<String> warnings = new ArrayList<>();

    private GgufVocabulary convert(int rows, Map<String, String> files) throws IOException {
        for (Map.Entry<String, String> file : files.entrySet()) {
            Files.copy(SharedMaterial.path("tokenizers/" + file.getValue()), folder.resolve(file.getKey()));
        }
        return TokenizerDirectory.read(folder, rows, warnings::add);
    }

    private static GgufVocabulary golden(String name) throws IOException {
        try (Gguf file = Gguf.open(SharedMaterial.path("tokenizers/ggml-vocab/ggml-vocab-" + name + ".gguf"))) {
            GgufVocabulary vocabulary = GgufVocabulary.of(ModelTokenizers.source(file.ggufMetadata(), file.path()));
            return new GgufVocabulary(vocabulary.model(), vocabulary.pre(), List.copyOf(vocabulary.tokens()),
                    List.copyOf(vocabulary.merges()), vocabulary.specialIds(), vocabulary.flags(), vocabulary.chatTemplates(), List.of());
        }
    }

    @Test
    void llama2FromSentencePiece() throws IOException {
        GgufVocabulary found = convert(32000, Map.of("tokenizer.model", "llama2/tokenizer.model"));
        assertSameTokens(found.tokens(), golden("llama-spm").tokens());
        assertThat(found.model()).isEqualTo("llama");
        assertThat(found.flags()).containsEntry("add_space_prefix", true);
    }

    /** The merges alone determine the order of scores. */
    @Test
    void llama2FromTokenizerJson() throws IOException {
        GgufVocabulary found = convert(32000, Map.of("tokenizer.json", "llama2/tokenizer.json"));
        assertSameMerging(found.tokens(), golden("llama-spm").tokens());
        assertThat(found.specialIds()).containsEntry("bos", 1);
        assertThat(found.flags()).containsEntry("add_bos_token", true);
        assertThat(warnings).as("no end token is named in tokenizer.json").hasSize(1);
    }

    /** llama.cpp scores and types the added tokens; merging is the same. */
    @Test
    void phi3FromTokenizerJson() throws IOException {
        List<Token> found = convert(32064, Map.of("tokenizer.json", "phi-3/tokenizer.json")).tokens();
        List<Token> expected = golden("phi-3").tokens();
        assertSameMerging(found.subList(3, 32000), expected.subList(3, 32000));
        assertSameTokens(found.subList(32000, 32011), expected.subList(32000, 32011));
        assertThat(found.subList(0, 3).stream().map(Token::text)).containsExactly("<unk>", "<s>", "</s>");
        assertThat(found.subList(0, 3).stream().map(Token::type)).containsExactly(TokenType.UNKNOWN, TokenType.CONTROL,
                TokenType.USER_DEFINED);
        assertThat(found.subList(32011, 32064)).allMatch(token -> token.type() == TokenType.UNUSED);
    }

    @Test
    void falconFromTokenizerJson() throws IOException {
        assertSameBytePairs(convert(65024, Map.of("tokenizer.json", "falcon/tokenizer.json")), golden("falcon"), "falcon");
    }

    /** OPT's vocabulary: GPT-2's merges with other ids. Only the settings, not vocab.json, mark special tokens. */
    @Test
    void optFromVocabAndMerges() throws IOException {
        Files.writeString(folder.resolve("tokenizer_config.json"),
                "{\"added_tokens_decoder\": {\"2\": {\"content\": \"</s>\", \"special\": true}}, \"eos_token\": \"</s>\"}");
        GgufVocabulary found = convert(50272,
                Map.of("vocab.json", "gpt2-opt/gpt2-vocab.json", "merges.txt", "gpt2-opt/gpt2-merges.txt"));
        GgufVocabulary gpt2 = golden("gpt-2");
        assertThat(found.merges().equals(gpt2.merges())).isTrue();
        assertThat(found.pre()).contains("gpt-2");
        Set<String> texts = found.tokens().stream().map(Token::text).collect(Collectors.toSet());
        assertThat(gpt2.tokens()).allMatch(token -> texts.contains(token.text()));
        assertThat(found.specialIds()).isEqualTo(Map.of("eos", 2));
        assertThat(found.tokens().get(2).type()).isEqualTo(TokenType.CONTROL);
    }

    @Test
    void phi2IsGpt2WithMoreTokens() throws IOException {
        GgufVocabulary found = convert(51200, Map.of("tokenizer.json", "phi-2/tokenizer.json"));
        GgufVocabulary gpt2 = golden("gpt-2");
        assertThat(found.pre()).contains("gpt-2");
        assertThat(found.merges().equals(gpt2.merges())).isTrue();
        assertSameTokens(found.tokens().subList(0, 50257), gpt2.tokens());
        assertThat(found.tokens().get(50257).type()).isEqualTo(TokenType.USER_DEFINED);
        assertThat(found.tokens().get(51199)).isEqualTo(new Token("[PAD51199]", 0, TokenType.UNUSED));
    }

    @Test
    void mistralFromSentencePiece() throws IOException {
        GgufVocabulary found = convert(32768, Map.of("tokenizer.model", "mistral/tokenizer.model.v3"));
        assertThat(found.tokens().subList(0, 5).stream().map(Token::text)).containsExactly("<unk>", "<s>", "</s>", "[INST]", "[/INST]");
        assertThat(found.tokens()).noneMatch(token -> token.type() == TokenType.UNUSED);
        assertThat(found.tokens().stream().filter(token -> token.type() == TokenType.BYTE)).hasSize(256);
    }

    private static void assertSameBytePairs(GgufVocabulary found, GgufVocabulary expected, String pre) {
        assertThat(found.model()).isEqualTo("gpt2");
        assertThat(found.pre()).contains(pre);
        assertSameTokens(found.tokens(), expected.tokens());
        assertThat(found.merges().equals(expected.merges())).isTrue();
    }

    /** The same texts and types, and the same merge order; ties of the least score may come in any order. */
    private static void assertSameMerging(List<Token> found, List<Token> expected) {
        assertThat(found).hasSameSizeAs(expected);
        List<Integer> merged = new ArrayList<>();
        for (int id = 0; id < found.size(); id++) {
            assertThat(found.get(id).text()).as("token " + id).isEqualTo(
                    expected.get(id).text().replace(NO_BREAK_SPACE, found.get(id).text().contains(NO_BREAK_SPACE) ? NO_BREAK_SPACE : " "));
            assertThat(found.get(id).type()).as("token " + id).isEqualTo(expected.get(id).type());
            String text = expected.get(id).text();
            if (expected.get(id).type() == TokenType.NORMAL && text.codePointCount(0, text.length()) > 1) {
                merged.add(id);
            }
        }
        merged.sort(Comparator.comparingDouble(id -> -found.get(id).score()));
        for (int i = 1; i < merged.size(); i++) {
            assertThat(expected.get(merged.get(i)).score()).as("after " + expected.get(merged.get(i - 1)))
                    .isLessThanOrEqualTo(expected.get(merged.get(i - 1)).score());
        }
    }

    private static void assertSameTokens(List<Token> found, List<Token> expected) {
        assertThat(found).hasSameSizeAs(expected);
        for (int id = 0; id < found.size(); id++) {
            assertThat(found.get(id)).as("token " + id).isEqualTo(expected.get(id));
        }
    }

    /** Merges recovered from tiktoken's ranks: 47 texts get llama.cpp's ids. */
    @ParameterizedTest
    @CsvSource({"llama-bpe, llama3/tokenizer.model, tokenizer.model, 128256", "qwen2, qwen/qwen.tiktoken, qwen.tiktoken, 151936"})
    void tiktokenRanksTokenizeLikeLlamaCpp(String name, String source, String file, int rows) throws IOException {
        GgufVocabulary found = convert(rows, Map.of(file, source));
        assertThat(found.pre()).contains(name);
        BytePairs bytePairs = new BytePairs(found, name.equals("llama-bpe") ? "\\p{N}{1,3}" : "\\p{N}");
        String[] texts = Files.readString(SharedMaterial.path("tokenizers/ggml-vocab/ggml-vocab-" + name + ".gguf.inp")).split(SEPARATOR,
                -1);
        List<String> ids = Files.readAllLines(SharedMaterial.path("tokenizers/ggml-vocab/ggml-vocab-" + name + ".gguf.out"));
        assertThat(texts.length).isGreaterThan(40);
        for (int i = 0; i < ids.size(); i++) {
            String expected = ids.get(i).strip();
            assertThat(bytePairs.encode(texts[i])).as(texts[i])
                    .isEqualTo(expected.isEmpty() ? List.of() : List.of(expected.split(" +")).stream().map(Integer::valueOf).toList());
        }
    }

    /** A tokenizer.json made from a GGUF vocabulary gives the same vocabulary. */
    @ParameterizedTest
    @CsvSource({"falcon, 65024", "gpt-2, 50257", "llama-spm, 32000", "starcoder, 49152", "mpt, 50432"})
    void vocabulariesComeBackFromTokenizerJson(String name, int rows) throws IOException {
        GgufVocabulary original = golden(name);
        for (Map.Entry<String, String> file : HuggingFaceTokenizer.files(original, warnings::add).entrySet()) {
            Files.writeString(folder.resolve(file.getKey()), file.getValue());
        }
        GgufVocabulary again = TokenizerDirectory.read(folder, rows, warnings::add);
        assertThat(again.model()).isEqualTo(original.model());
        assertThat(again.merges().equals(original.merges())).isTrue();
        assertThat(again.tokens().stream().map(Token::text))
                .containsExactlyElementsOf(original.tokens().stream().map(Token::text).toList());
        assertThat(again.specialIds()).isEqualTo(original.specialIds());
        if (name.equals("llama-spm")) {
            assertSameMerging(again.tokens(), original.tokens());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"baichuan", "bert-bge", "deepseek-coder", "deepseek-llm", "falcon", "gpt-2", "gpt-neox", "llama-spm", "mpt",
        "phi-3", "refact", "starcoder"})
    void realVocabulariesPassTheCheck(String name) throws IOException {
        assertThat(VocabularyCheck.check(golden(name), Path.of(name))).isEmpty();
    }
}

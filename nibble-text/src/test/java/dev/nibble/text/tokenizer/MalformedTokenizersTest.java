package dev.nibble.text.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nibble.error.MalformedFileException;
import dev.nibble.error.UnsupportedException;
import dev.nibble.text.json.Json;
import dev.nibble.text.tokenizer.GgufVocabulary.Token;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Wrong tokenizers, by the rows of the catalogue of bad input. */
class MalformedTokenizersTest {
    private static final int ROWS = 8;
    private static final String GOOD = """
            {"added_tokens": [{"id": 5, "content": "<|end|>", "special": true}],
             "normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
             "model": {"type": "BPE", "unk_token": "<unk>", "byte_fallback": false,
              "vocab": {"<unk>": 0, "a": 1, "b": 2, "ab": 3, "▁": 4}, "merges": ["a b"]}}""";

    @TempDir
    Path folder;
    private final List<String> warnings = new ArrayList<>();

    static Stream<Arguments> malformed() {
        return Stream.of(changed("T01 negative", "\"a\": 1", "\"a\": -1", "/model/vocab/a"),
                changed("T01 2^31", "\"a\": 1", "\"a\": 2147483648", "/model/vocab/a"),
                changed("T01 2^63", "\"a\": 1", "\"a\": 9223372036854775808", "/model/vocab/a"),
                changed("T01 1.5", "\"a\": 1", "\"a\": 1.5", "/model/vocab/a"),
                changed("T01 string", "\"a\": 1", "\"a\": \"1\"", "/model/vocab/a"),
                changed("T01 null", "\"a\": 1", "\"a\": null", "/model/vocab/a"),
                changed("T02 two tokens, one id", "\"b\": 2", "\"b\": 1", "also that of a"),
                changed("T02 one token, two ids", "\"content\": \"<|end|>\"", "\"content\": \"a\"", "has the ids 1 and 5"),
                changed("T03 other text", "\"id\": 5", "\"id\": 1", "is a in the vocabulary"),
                changed("T03 a piece beyond the rows", "\"▁\": 4", "\"▁\": 8", "outside the model's embedding of 8 rows"),
                changed("T04 one piece", "[\"a b\"]", "[\"ab\"]", "/model/merges/0"),
                changed("T04 three pieces", "[\"a b\"]", "[[\"a\", \"b\", \"a\"]]", "found 3"),
                changed("T04 unknown part", "[\"a b\"]", "[\"a c\"]", "\"c\" is not in the vocabulary"),
                changed("T04 unknown result", "[\"a b\"]", "[\"b a\"]", "\"ba\" is not in the vocabulary"),
                changed("T04 twice", "[\"a b\"]", "[\"a b\", [\"a\", \"b\"]]", "/model/merges/1"),
                changed("T05 some bytes", "\"byte_fallback\": false,\n  \"vocab\": {",
                        "\"byte_fallback\": true, \"vocab\": {\"<0x41>\": 6, ",
                        "1 of 256"),
                changed("T12 long token", "\"a\": 1", "\"" + "a".repeat(8193) + "\": 1", "8192 bytes"),
                changed("T12 depth", "\"unk_token\": \"<unk>\"", "\"x\": " + "[".repeat(100_000), "nesting depth"));
    }

    private static Arguments changed(String id, String from, String to, String message) {
        String json = GOOD.replace(from, to);
        if (json.equals(GOOD)) {
            throw new IllegalArgumentException(id + " changes nothing");
        }
        return Arguments.of(id, json, message);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("malformed")
    void namesWhatIsWrong(String id, String json, String message) throws IOException {
        Files.writeString(folder.resolve("tokenizer.json"), json);
        assertThatThrownBy(() -> TokenizerDirectory.read(folder, ROWS, warnings::add)).as(id).isInstanceOf(MalformedFileException.class)
                .hasMessageContaining("TOKENIZER_").hasMessageContaining(message);
    }

    @Test
    void theUnchangedOneIsFine() throws IOException {
        Files.writeString(folder.resolve("tokenizer.json"), GOOD);
        GgufVocabulary vocabulary = TokenizerDirectory.read(folder, ROWS, warnings::add);
        assertThat(vocabulary.tokens()).containsExactly(new Token("<unk>", 0, TokenType.UNKNOWN), new Token("a", -1, TokenType.NORMAL),
                new Token("b", -2, TokenType.NORMAL), new Token("ab", 0, TokenType.NORMAL), new Token("▁", -3, TokenType.NORMAL),
                new Token("<|end|>", -1000, TokenType.CONTROL), new Token("[PAD6]", -10_000, TokenType.UNUSED),
                new Token("[PAD7]", -10_000, TokenType.UNUSED));
        assertThat(vocabulary.flags()).containsEntry("add_space_prefix", false).containsEntry("add_bos_token", false);
        assertThat(warnings).hasSize(2);
    }

    /** As trainers add {@code <pad>} without a row for it: no text of the model's has it. */
    @Test
    void addedTokensBeyondTheRowsAreLeftOut() throws IOException {
        Files.writeString(folder.resolve("tokenizer.json"), GOOD.replace("[{\"id\": 5",
                "[{\"id\": 8, \"content\": \"<pad>\", \"special\": true}, {\"id\": 5"));
        Files.writeString(folder.resolve("added_tokens.json"), "{\"<more>\": 9}");
        GgufVocabulary vocabulary = TokenizerDirectory.read(folder, ROWS, warnings::add);
        assertThat(vocabulary.tokens()).hasSize(ROWS);
        assertThat(warnings).anyMatch(line -> line.contains("<pad>") && line.contains("8 rows")).anyMatch(line -> line.contains("<more>"));
    }

    /** T10: never guessed. */
    @Test
    void unknownModelsAreRefused() throws IOException {
        for (String type : List.of("WordLevel", "WordPiece", "Unigram")) {
            Files.writeString(folder.resolve("tokenizer.json"), GOOD.replace("\"BPE\"", "\"" + type + "\""));
            assertThatThrownBy(() -> TokenizerDirectory.read(folder, ROWS, warnings::add)).isInstanceOf(UnsupportedException.class)
                    .hasMessageContaining("/model/type is " + type);
        }
        Files.writeString(folder.resolve("tokenizer.json"), GOOD.replace("\"Replace\"", "\"Lowercase\""));
        assertThatThrownBy(() -> TokenizerDirectory.read(folder, ROWS, warnings::add)).isInstanceOf(UnsupportedException.class)
                .hasMessageContaining("neither works on bytes nor writes spaces as ▁");
    }

    /** A tokenizer of single characters keeps them, spaces as SentencePiece writes them. */
    @Test
    void charactersBecomePieces() throws IOException {
        Files.writeString(folder.resolve("tokenizer.json"), """
                {"added_tokens": [], "normalizer": null, "pre_tokenizer": null,
                 "model": {"type": "BPE", "vocab": {"\\n": 0, " ": 1, "é": 2}, "merges": []}}""");
        GgufVocabulary vocabulary = TokenizerDirectory.read(folder, 3, warnings::add);
        assertThat(vocabulary.tokens().stream().map(Token::text)).containsExactly("\n", "▁", "é");
        assertThat(vocabulary.flags()).containsEntry("add_space_prefix", false);
    }

    /** T16: code is never run, only reported. */
    @Test
    void warnsOfCode() throws IOException {
        Files.writeString(folder.resolve("tokenizer.json"), GOOD);
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"auto_map\": {\"AutoTokenizer\": [\"x.py\", null]}}");
        TokenizerDirectory.read(folder, ROWS, warnings::add);
        assertThat(warnings).anyMatch(warning -> warning.contains("auto_map"));
    }

    @Test
    void aDirectoryWithoutTokenizerHasNone() throws IOException {
        Map<String, Object> values = TokenizerDirectory.read(folder, ROWS, warnings::add).values();
        assertThat(values).isEqualTo(Map.of("tokenizer.ggml.model", "no_vocab"));
        assertThat(warnings).singleElement().asString().contains("no tokenizer");
    }

    /** Pre-tokenizers are recognized by their behaviour. */
    @Test
    void preTokenizersAreRecognizedByWhatTheyDo() {
        String llama = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\\\r\\\\n\\\\p{L}\\\\p{N}]?\\\\p{L}+|\\\\p{N}{1,3}| ?[^\\\\s\\\\p{L}\\\\p{N}]+[\\\\r\\\\n]*"
                + "|\\\\s*[\\\\r\\\\n]+|\\\\s+(?!\\\\S)|\\\\s+";
        assertThat(pre(llama, true)).contains("llama-bpe");
        assertThat(pre(llama, false)).contains("smaug-bpe");
        assertThat(pre(llama.replace("{1,3}", ""), false)).contains("qwen2");
        assertThat(pre(llama.replace("{1,3}", "{1,2}"), false)).isEmpty();
        assertThat(PreTokenizers.name(tokenizer("{\"type\": \"Whitespace\"}", false), false)).isEmpty();
    }

    private static Optional<String> pre(String regex, boolean ignoresMerges) {
        String split = "{\"type\": \"Split\", \"pattern\": {\"Regex\": \"" + regex + "\"}, \"behavior\": \"Isolated\", \"invert\": false}";
        String bytes = "{\"type\": \"ByteLevel\", \"add_prefix_space\": false, \"use_regex\": false}";
        return PreTokenizers.name(tokenizer("{\"type\": \"Sequence\", \"pretokenizers\": [" + split + ", " + bytes + "]}", ignoresMerges),
                false);
    }

    private static Json tokenizer(String pre, boolean ignoresMerges) {
        return Json.parse(Path.of("tokenizer.json"),
                "{\"pre_tokenizer\": " + pre + ", \"model\": {\"ignore_merges\": " + ignoresMerges + "}}",
                new Json.Limits("TOKENIZER", 1 << 20, 64, 1 << 20));
    }

    static Stream<Arguments> malformedModels() {
        return Stream.of(Arguments.of("T15 truncated tag", "80", "0 are left"),
                Arguments.of("T15 varint of 10 bytes", "18ffffffffffffffffff7f", "64 bits"),
                Arguments.of("T15 varint of 11 bytes", "18ffffffffffffffffffff01", "64 bits"),
                Arguments.of("T15 past the end", "0a7f00", "127 bytes"),
                Arguments.of("T15 2^63 bytes", "0affffffffffffffffff01", "are left"),
                Arguments.of("T15 group", "0b", "wire type 3"), Arguments.of("T15 end of group", "0c", "wire type 4"),
                Arguments.of("T15 wire type 6", "0e", "wire type 6"), Arguments.of("T15 wire type 7", "0f", "wire type 7"),
                Arguments.of("T15 field 0", "0200", "field number 0"), Arguments.of("T15 a number for a piece", "0801", "instead of 2"),
                Arguments.of("T11 no pieces", "", "no pieces"), Arguments.of("T11 NaN", "0a08" + "0a0161" + "150000c07f", "the score NaN"),
                Arguments.of("T11 infinite", "0a08" + "0a0161" + "150000807f", "the score Infinity"),
                Arguments.of("type 7", "0a05" + "0a0161" + "1807", "found 7"), Arguments.of("not UTF-8", "0a03" + "0a01ff", "not UTF-8"),
                Arguments.of("G33 byte", "0a0a" + "0a063c30785a5a3e" + "1806", "byte piece"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("malformedModels")
    void refusesBrokenSentencePiece(String id, String hex, String message) {
        assertThatThrownBy(() -> SentencePieceModel.parse(Path.of("tokenizer.model"), ByteBuffer.wrap(HexFormat.of().parseHex(hex)))).as(id)
                .isInstanceOf(MalformedFileException.class).hasMessageContaining("SENTENCEPIECE").hasMessageContaining(message);
    }

    /** Every prefix of a model is refused or has fewer pieces; nothing else is thrown. */
    @Test
    void aModelCutOffAnywhereNeverEscapes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < 3; i++) {
            bytes.writeBytes(HexFormat.of().parseHex("0a0a" + "0a0161" + "150000803f" + "1801"));
        }
        bytes.writeBytes(HexFormat.of().parseHex("1202" + "1802" + "1a02" + "1800"));
        SentencePieceModel whole = SentencePieceModel.parse(Path.of("m"), ByteBuffer.wrap(bytes.toByteArray()));
        assertThat(whole.pieces()).hasSize(3).containsOnly(new Token("a", 1, TokenType.NORMAL));
        assertThat(whole.unigram()).isFalse();
        assertThat(whole.prefixed()).isFalse();
        int refused = 0;
        for (int length = 0; length < bytes.size(); length++) {
            try {
                assertThat(SentencePieceModel.parse(Path.of("m"), ByteBuffer.wrap(bytes.toByteArray(), 0, length)).pieces().size())
                        .isLessThanOrEqualTo(3);
            } catch (MalformedFileException e) {
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(bytes.size() / 2);
    }

    /** Models name pieces that SentencePiece reserved. */
    @Test
    void settingsMayRenameReservedPieces() throws IOException {
        Files.write(folder.resolve("tokenizer.model"), HexFormat.of().parseHex("0a050a01611801" + "0a050a01621801"));
        Files.writeString(folder.resolve("tokenizer_config.json"),
                "{\"added_tokens_decoder\": {\"1\": {\"content\": \"<|tool|>\", \"special\": true}}}");
        assertThat(TokenizerDirectory.read(folder, 2, warnings::add).tokens()).containsExactly(new Token("a", 0, TokenType.NORMAL),
                new Token("<|tool|>", -1000, TokenType.CONTROL));
        assertThat(warnings).anyMatch(warning -> warning.contains("id 1 is b in the vocabulary and <|tool|> here"));
    }

    static Stream<Arguments> malformedMetadata() {
        return Stream.of(Arguments.of("G30 no tokens", new GgufKeys(), "tokens"),
                Arguments.of("G31 short scores", good().putFloats("tokenizer.ggml.scores", new float[1]), "1 scores"),
                Arguments.of("G31 types as floats", good().putFloats("tokenizer.ggml.token_type", new float[2]), "token 0"),
                Arguments.of("G31 scores as integers", good().putIntegers("tokenizer.ggml.scores", new int[2]), "token 0"),
                Arguments.of("G31 type 7", good().putIntegers("tokenizer.ggml.token_type", 1, 7), "unknown type 7"),
                Arguments.of("G30 not a list", good().put("tokenizer.ggml.tokens", "a"), "expected an array"),
                Arguments.of("G32 id = tokens", good().put("tokenizer.ggml.bos_token_id", 2L), "0 to 1"),
                Arguments.of("G32 2^31", good().put("tokenizer.ggml.eot_token_id", 1L << 31), "0 to 1"));
    }

    private static GgufKeys good() {
        return new GgufKeys().put("tokenizer.ggml.tokens", List.of("a", "b"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("malformedMetadata")
    void refusesBrokenVocabularies(String id, GgufKeys metadata, String message) {
        metadata.put("tokenizer.ggml.model", "llama");
        assertThatThrownBy(() -> metadata.vocabulary()).as(id).isInstanceOf(MalformedFileException.class)
                .hasMessageContaining("GGUF_VOCABULARY").hasMessageContaining(message);
    }

    static Stream<Arguments> malformedRanks() {
        return Stream.of(Arguments.of("rank out of order", "IQ== 1\n", "rank 0"), Arguments.of("not base64", "I!== 0\n", "line 1"),
                Arguments.of("no rank", "IQ==\n", "line 1"), Arguments.of("twice", "IQ== 0\nIQ== 1\n", "a duplicate"),
                Arguments.of("missing bytes", "IQ== 0\n", "byte 0 has no token"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("malformedRanks")
    void refusesBrokenRanks(String id, String text, String message) throws IOException {
        Path file = folder.resolve("x.tiktoken");
        Files.writeString(file, text);
        assertThatThrownBy(() -> TiktokenRanks.read(file)).as(id).isInstanceOf(MalformedFileException.class)
                .hasMessageContaining("TIKTOKEN").hasMessageContaining(message);
    }

    @Test
    void chatTemplatesAndSpecialIdsAreFound() throws IOException {
        Files.writeString(folder.resolve("tokenizer.json"), GOOD);
        Files.writeString(folder.resolve("tokenizer_config.json"), """
                {"bos_token": {"content": "a"}, "eos_token": "b", "add_bos_token": true,
                 "chat_template": [{"name": "default", "template": "{{ 1 }}"}, {"name": "tool_use", "template": "{{ 2 }}"}]}""");
        Files.writeString(folder.resolve("generation_config.json"), "{\"eos_token_id\": [2, 5]}");
        Files.writeString(folder.resolve("config.json"), "{\"pad_token_id\": -1, \"unk_token_id\": 0}");
        GgufVocabulary vocabulary = TokenizerDirectory.read(folder, ROWS, warnings::add);
        assertThat(vocabulary.specialIds()).isEqualTo(Map.of("bos", 1, "eos", 2, "unk", 0, "eot", 5));
        Map<String, Object> values = vocabulary.values();
        assertThat(values).containsEntry("tokenizer.chat_template", "{{ 1 }}").containsEntry("tokenizer.chat_template.tool_use", "{{ 2 }}")
                .containsEntry("tokenizer.ggml.add_bos_token", true);
        assertThat(GgufVocabulary.of(new TokenizerSource(folder, values))).isEqualTo(vocabulary);
        Files.write(folder.resolve("chat_template.jinja"), "{{ 3 }}".getBytes(StandardCharsets.UTF_8));
        assertThat(TokenizerDirectory.read(folder, ROWS, warnings::add).chatTemplates()).isEqualTo(Map.of("default", "{{ 3 }}"));
    }
}

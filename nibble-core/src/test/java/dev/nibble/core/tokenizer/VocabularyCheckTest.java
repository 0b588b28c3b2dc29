package dev.nibble.core.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nibble.core.MalformedFileException;
import dev.nibble.core.SharedMaterial;
import dev.nibble.core.checkpoint.Gguf;
import dev.nibble.core.checkpoint.GgufMetadata;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Wrong vocabularies in GGUF files, by the rows of the catalogue of bad input. */
class VocabularyCheckTest {
    private static final Path FILE = Path.of("model.gguf");
    private static final String KEY = "tokenizer.ggml.";

    /** Byte-level BPE of four tokens. */
    private static GgufMetadata merging() {
        return new GgufMetadata().putString(KEY + "model", "gpt2").putString(KEY + "pre", "gpt-2")
                .putStrings(KEY + "tokens", List.of("a", "b", "ab", "<|end|>")).putI32s(KEY + "token_type", new int[]{1, 1, 1, 3})
                .putStrings(KEY + "merges", List.of("a b")).putU32(KEY + "eos_token_id", 3);
    }

    /** SentencePiece with tokens for all bytes behind three others. */
    private static GgufMetadata scored(int bytes) {
        List<String> tokens = new ArrayList<>(List.of("<unk>", "▁", "a"));
        int[] types = new int[3 + bytes];
        types[0] = 2;
        types[1] = 1;
        types[2] = 1;
        for (int b = 0; b < bytes; b++) {
            tokens.add(String.format("<0x%02X>", b));
            types[3 + b] = 6;
        }
        return new GgufMetadata().putString(KEY + "model", "llama").putStrings(KEY + "tokens", tokens).putI32s(KEY + "token_type", types)
                .putF32s(KEY + "scores", new float[types.length]);
    }

    private static GgufMetadata renamed(int id, String text) {
        GgufMetadata metadata = scored(256);
        List<String> tokens = new ArrayList<>();
        ((List<?>) metadata.get(KEY + "tokens").orElseThrow()).forEach(token -> tokens.add((String) token));
        tokens.set(id, text);
        return metadata.putStrings(KEY + "tokens", tokens);
    }

    @TestFactory
    Stream<DynamicTest> refuses() {
        return Stream.of(
                row("G30 no tokens", "is missing", m -> m.remove(KEY + "tokens")),
                row("G30 tokens are no array", "expected an array", m -> m.putString(KEY + "tokens", "a")),
                row("G30 tokens are numbers", "token 0 is not a string", m -> m.putI32s(KEY + "tokens", new int[]{1, 2, 3, 4})),
                row("G31 few types", "3 types", m -> m.putI32s(KEY + "token_type", new int[]{1, 1, 1})),
                row("G31 types are texts", "token 0", m -> m.putStrings(KEY + "token_type", List.of("a", "b", "c", "d"))),
                row("G31 scores are bytes", "32-bit float",
                        m -> m.put(KEY + "scores",
                                new GgufMetadata.Value(GgufMetadata.Type.ARRAY, GgufMetadata.Type.U8, List.of(1L, 2L, 3L, 4L)))),
                row("type 0", "unknown type 0", m -> m.putI32s(KEY + "token_type", new int[]{1, 1, 1, 0})),
                row("type 7", "unknown type 7", m -> m.putI32s(KEY + "token_type", new int[]{1, 1, 7, 3})),
                row("G32 id is the number of tokens", "expected an id from 0 to 3, found 4", m -> m.putU32(KEY + "bos_token_id", 4)),
                row("G32 id −2", "found -2", m -> m.putI32(KEY + "unknown_token_id", -2)),
                row("G32 id 2^31", "found 2147483648", m -> m.putU32(KEY + "eot_token_id", 1L << 31)),
                row("G34 no space", "entry 0 is \"ab\"", m -> m.putStrings(KEY + "merges", List.of("ab"))),
                row("G34 empty left", "entry 0", m -> m.putStrings(KEY + "merges", List.of(" b"))),
                row("G34 empty right", "entry 0", m -> m.putStrings(KEY + "merges", List.of("a "))),
                row("G34 two spaces", "one space between", m -> m.putStrings(KEY + "merges", List.of("a b b"))),
                row("G34 unknown piece", "entry 1: \"c\"", m -> m.putStrings(KEY + "merges", List.of("a b", "a c"))),
                row("G34 unknown result", "\"ba\"", m -> m.putStrings(KEY + "merges", List.of("b a"))),
                row("G34 twice", "entry 1", m -> m.putStrings(KEY + "merges", List.of("a b", "a b"))),
                row("G34 numbers", "entry 0 is no string", m -> m.putI32s(KEY + "merges", new int[]{1})),
                row("G35 short", "a table", m -> m.put(KEY + "precompiled_charsmap", bytes(8, 0))),
                row("G35 table beyond the array", "a table of 8 bytes", m -> m.put(KEY + "precompiled_charsmap", bytes(8, 0, 0, 0, 1, 2))),
                row("G35 odd table", "a table of 2 bytes", m -> m.put(KEY + "precompiled_charsmap", bytes(2, 0, 0, 0, 1, 2))),
                row("G35 text without end", "does not end", m -> m.put(KEY + "precompiled_charsmap", bytes(0, 0, 0, 0, 'x'))),
                row("G35 texts", "is no integer", m -> m.putStrings(KEY + "precompiled_charsmap", List.of("x"))),
                row("G36 long token", "more than 8192 bytes",
                        m -> m.putStrings(KEY + "tokens", List.of("a", "b", "ab", "é".repeat(4097)))));
    }

    private static GgufMetadata.Value bytes(long... bytes) {
        List<Object> values = new ArrayList<>();
        for (long b : bytes) {
            values.add(b);
        }
        return new GgufMetadata.Value(GgufMetadata.Type.ARRAY, GgufMetadata.Type.U8, values);
    }

    private static DynamicTest row(String name, String message, Consumer<GgufMetadata> change) {
        return DynamicTest.dynamicTest(name, () -> {
            GgufMetadata metadata = merging();
            change.accept(metadata);
            assertRefused(metadata, message);
        });
    }

    private static void assertRefused(GgufMetadata metadata, String message) {
        assertThatThrownBy(() -> Tokenizers.of(metadata, FILE)).isInstanceOf(MalformedFileException.class)
                .hasMessageContaining("model.gguf").hasMessageContaining(message).hasMessageContaining("GGUF_VOCABULARY");
    }

    @Test
    void theUnchangedOnesAreFine() {
        assertThat(Tokenizers.of(merging(), FILE).encode("abba<|end|>", true, true)).containsExactly(2, 1, 0, 3);
        assertThat(Tokenizers.of(scored(256), FILE).encode("a\n", false, false)).containsExactly(1, 2, 3 + '\n');
        assertThat(Tokenizers.of(scored(0), FILE).encode("a\nxa", false, false)).containsExactly(1, 2, 0, 2);
        assertThat(VocabularyCheck.check(GgufVocabulary.of(FILE, merging()), FILE)).isEmpty();
    }

    /** G33. */
    @Test
    void bytesAreAllThereOrNone() {
        assertRefused(scored(255), "none called <0xFF>");
        assertRefused(scored(1), "1 of 256");
        for (String name : List.of("<0x-1>", "<0xZZ>", "<0x100>", "<0x0a>", "", "x")) {
            assertRefused(renamed(13, name), "expected <0x00> to <0xFF>");
        }
        assertRefused(renamed(13, "<0x00>"), "token 13 is the second one for the byte <0x00>");
    }

    @Test
    void scoresAreNumbers() {
        float[] scores = new float[259];
        scores[2] = Float.NaN;
        assertRefused(scored(256).putF32s(KEY + "scores", scores), "the score of token 2 is NaN");
    }

    @Test
    void generationEndsAtTokensNamedSo() {
        assertThat(Tokenizers.of(merging().remove(KEY + "eos_token_id"), FILE).special().endOfGeneration()).containsExactly(3);
        GgufMetadata channels = merging().putStrings(KEY + "tokens", List.of("<|call|>", "<|return|>", "<|im_end|>", "<|end|>"))
                .putI32s(KEY + "token_type", new int[]{3, 3, 3, 3}).remove(KEY + "merges").remove(KEY + "eos_token_id");
        assertThat(Tokenizers.of(channels, FILE).special().endOfGeneration()).containsExactlyInAnyOrder(0, 1, 2);
    }

    /** Odd, but such files exist and work. */
    @Test
    void oddThingsAreTold() {
        GgufMetadata twice = merging().putStrings(KEY + "tokens", List.of("a", "b", "ab", "a"));
        assertThat(VocabularyCheck.check(GgufVocabulary.of(FILE, twice), FILE)).singleElement().asString().contains("tokens 0 and 3");
        assertThat(Tokenizers.of(merging().putU32(KEY + "bos_token_id", 0xFFFFFFFFL), FILE).special().bos()).isEmpty();
        GgufMetadata template = merging().putString("tokenizer.chat_template", "x".repeat((1 << 20) + 1));
        assertThat(VocabularyCheck.check(GgufVocabulary.of(FILE, template), FILE)).singleElement().asString().contains("chat template");
        assertThat(Tokenizers.of(template, FILE).chatTemplate()).as("G37").isEmpty();
    }

    @Tag("shared")
    @ParameterizedTest
    @ValueSource(strings = {"baichuan", "bert-bge", "deepseek-coder", "deepseek-llm", "falcon", "gpt-2", "gpt-neox", "llama-spm", "mpt",
        "phi-3", "refact", "starcoder"})
    void realOnesAreSound(String name) throws IOException {
        try (Gguf gguf = Gguf.open(SharedMaterial.path("tokenizers/ggml-vocab/ggml-vocab-" + name + ".gguf"))) {
            assertThat(VocabularyCheck.check(GgufVocabulary.of(gguf.path(), gguf.ggufMetadata()), gguf.path())).isEmpty();
        }
    }
}

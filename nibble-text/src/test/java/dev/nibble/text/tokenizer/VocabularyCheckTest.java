package dev.nibble.text.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nibble.error.MalformedFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Wrong vocabularies in GGUF files, by the rows of the catalogue of bad input. */
class VocabularyCheckTest {
    private static final String KEY = "tokenizer.ggml.";

    /** Byte-level BPE of four tokens. */
    private static GgufKeys merging() {
        return new GgufKeys().put(KEY + "model", "gpt2").put(KEY + "pre", "gpt-2")
                .put(KEY + "tokens", List.of("a", "b", "ab", "<|end|>")).putIntegers(KEY + "token_type", 1, 1, 1, 3)
                .put(KEY + "merges", List.of("a b")).put(KEY + "eos_token_id", 3L);
    }

    /** SentencePiece with tokens for all bytes after three others. */
    private static GgufKeys scored(int bytes) {
        List<String> tokens = new ArrayList<>(List.of("<unk>", "▁", "a"));
        int[] types = new int[3 + bytes];
        types[0] = 2;
        types[1] = 1;
        types[2] = 1;
        for (int b = 0; b < bytes; b++) {
            tokens.add(String.format("<0x%02X>", b));
            types[3 + b] = 6;
        }
        return new GgufKeys().put(KEY + "model", "llama").put(KEY + "tokens", tokens).putIntegers(KEY + "token_type", types)
                .putFloats(KEY + "scores", new float[types.length]);
    }

    private static GgufKeys renamed(int id, String text) {
        GgufKeys metadata = scored(256);
        List<String> tokens = new ArrayList<>();
        ((List<?>) metadata.get(KEY + "tokens")).forEach(token -> tokens.add((String) token));
        tokens.set(id, text);
        return metadata.put(KEY + "tokens", tokens);
    }

    @TestFactory
    Stream<DynamicTest> refuses() {
        return Stream.of(
                row("G30 no tokens", "is missing", m -> m.remove(KEY + "tokens")),
                row("G30 tokens are no array", "expected an array", m -> m.put(KEY + "tokens", "a")),
                row("G30 tokens are numbers", "token 0 is not a string", m -> m.putIntegers(KEY + "tokens", 1, 2, 3, 4)),
                row("G31 few types", "3 types", m -> m.putIntegers(KEY + "token_type", 1, 1, 1)),
                row("G31 types are texts", "token 0", m -> m.put(KEY + "token_type", List.of("a", "b", "c", "d"))),
                row("G31 scores are bytes", "32-bit float",
                        m -> m.put(KEY + "scores",
                                List.of(1L, 2L, 3L, 4L))),
                row("type 0", "unknown type 0", m -> m.putIntegers(KEY + "token_type", 1, 1, 1, 0)),
                row("type 7", "unknown type 7", m -> m.putIntegers(KEY + "token_type", 1, 1, 7, 3)),
                row("G32 id is the number of tokens", "expected an id from 0 to 3, found 4", m -> m.put(KEY + "bos_token_id", 4L)),
                row("G32 id −2", "found -2", m -> m.put(KEY + "unknown_token_id", -2L)),
                row("G32 id 2^31", "found 2147483648", m -> m.put(KEY + "eot_token_id", 1L << 31)),
                row("G34 no space", "entry 0 is \"ab\"", m -> m.put(KEY + "merges", List.of("ab"))),
                row("G34 empty left", "entry 0", m -> m.put(KEY + "merges", List.of(" b"))),
                row("G34 empty right", "entry 0", m -> m.put(KEY + "merges", List.of("a "))),
                row("G34 two spaces", "one space between", m -> m.put(KEY + "merges", List.of("a b b"))),
                row("G34 unknown piece", "entry 1: \"c\"", m -> m.put(KEY + "merges", List.of("a b", "a c"))),
                row("G34 unknown result", "\"ba\"", m -> m.put(KEY + "merges", List.of("b a"))),
                row("G34 twice", "entry 1", m -> m.put(KEY + "merges", List.of("a b", "a b"))),
                row("G34 numbers", "entry 0 is not a string", m -> m.putIntegers(KEY + "merges", 1)),
                row("G35 short", "a table", m -> m.put(KEY + "precompiled_charsmap", bytes(8, 0))),
                row("G35 table beyond the array", "a table of 8 bytes", m -> m.put(KEY + "precompiled_charsmap", bytes(8, 0, 0, 0, 1, 2))),
                row("G35 odd table", "a table of 2 bytes", m -> m.put(KEY + "precompiled_charsmap", bytes(2, 0, 0, 0, 1, 2))),
                row("G35 text without end", "is not terminated", m -> m.put(KEY + "precompiled_charsmap", bytes(0, 0, 0, 0, 'x'))),
                row("G35 texts", "is not an integer", m -> m.put(KEY + "precompiled_charsmap", List.of("x"))),
                row("G36 long token", "more than 8192 bytes",
                        m -> m.put(KEY + "tokens", List.of("a", "b", "ab", "é".repeat(4097)))));
    }

    private static List<Object> bytes(long... bytes) {
        List<Object> values = new ArrayList<>();
        for (long b : bytes) {
            values.add(b);
        }
        return values;
    }

    private static DynamicTest row(String name, String message, Consumer<GgufKeys> change) {
        return DynamicTest.dynamicTest(name, () -> {
            GgufKeys metadata = merging();
            change.accept(metadata);
            assertRefused(metadata, message);
        });
    }

    private static void assertRefused(GgufKeys metadata, String message) {
        assertThatThrownBy(() -> metadata.tokenizer()).isInstanceOf(MalformedFileException.class)
                .hasMessageContaining("model.gguf").hasMessageContaining(message).hasMessageContaining("GGUF_VOCABULARY");
    }

    @Test
    void theUnchangedOnesAreFine() {
        assertThat(merging().tokenizer().encode("abba<|end|>", true, true)).containsExactly(2, 1, 0, 3);
        assertThat(scored(256).tokenizer().encode("a\n", false, false)).containsExactly(1, 2, 3 + '\n');
        assertThat(scored(0).tokenizer().encode("a\nxa", false, false)).containsExactly(1, 2, 0, 2);
        assertThat(merging().warnings()).isEmpty();
    }

    /** G33. */
    @Test
    void bytesAreAllThereOrNone() {
        assertRefused(scored(255), "none called <0xFF>");
        assertRefused(scored(1), "1 of 256");
        for (String name : List.of("<0x-1>", "<0xZZ>", "<0x100>", "<0x0a>", "", "x")) {
            assertRefused(renamed(13, name), "expected <0x00> to <0xFF>");
        }
        assertRefused(renamed(13, "<0x00>"), "token 13 is a second token of byte <0x00>");
    }

    @Test
    void scoresAreNumbers() {
        float[] scores = new float[259];
        scores[2] = Float.NaN;
        assertRefused(scored(256).putFloats(KEY + "scores", scores), "the score of token 2 is NaN");
    }

    @Test
    void generationEndsAtTokensNamedSo() {
        assertThat(merging().remove(KEY + "eos_token_id").tokenizer().special().endOfGeneration()).containsExactly(3);
        GgufKeys channels = merging().put(KEY + "tokens", List.of("<|call|>", "<|return|>", "<|im_end|>", "<|end|>"))
                .putIntegers(KEY + "token_type", 3, 3, 3, 3).remove(KEY + "merges").remove(KEY + "eos_token_id");
        assertThat(channels.tokenizer().special().endOfGeneration()).containsExactlyInAnyOrder(0, 1, 2);
    }

    /** Unusual, but such files exist and work. */
    @Test
    void oddThingsAreTold() {
        GgufKeys twice = merging().put(KEY + "tokens", List.of("a", "b", "ab", "a"));
        assertThat(twice.warnings()).singleElement().asString().contains("tokens 0 and 3");
        assertThat(merging().put(KEY + "bos_token_id", 0xFFFFFFFFL).tokenizer().special().bos()).isEmpty();
        GgufKeys template = merging().put("tokenizer.chat_template", "x".repeat((1 << 20) + 1));
        assertThat(template.warnings()).singleElement().asString().contains("chat template");
        assertThat(template.tokenizer().chatTemplate()).as("G37").isEmpty();
    }
}

package dev.nibble.core.conversion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nibble.core.SharedMaterial;
import dev.nibble.text.tokenizer.SpecialTokens;
import dev.nibble.text.tokenizer.StreamingDecoder;
import dev.nibble.text.tokenizer.Tokenizer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** The contract of all tokenizers, tested on those of real models. */
@Tag("shared")
class TokenizerContractTest {
    private static final long SEED = 8_675_309;
    private static final String BYTES = "tokenizers/ggml-vocab/ggml-vocab-";

    /** Tokenizers that restore any text. */
    static final List<String> LOSSLESS = List.of(BYTES + "gpt-2.gguf", BYTES + "deepseek-llm.gguf", BYTES + "deepseek-coder.gguf",
            BYTES + "mpt.gguf", BYTES + "starcoder.gguf", BYTES + "refact.gguf", BYTES + "gpt-neox.gguf",
            "tokenizers/llama3/tokenizer.model",
            "tokenizers/qwen/qwen.tiktoken", "tokenizers/phi-2/tokenizer.json", "models/opt-wine-smollgpt", BYTES + "llama-spm.gguf",
            BYTES + "phi-3.gguf", BYTES + "baichuan.gguf", "tokenizers/llama2/tokenizer.json", "tokenizers/llama2/tokenizer.model",
            "tokenizers/mistral/tokenizer.model.v3", "models/raw/tok512.model", "models/stories260K", "models/raw/stories260K.gguf");
    /** Falcon lacks tokens for some bytes, the others for some characters. */
    static final List<String> LOSSY = List.of("tokenizers/falcon/tokenizer.json", BYTES + "falcon.gguf", BYTES + "bert-bge.gguf",
            "models/babyllama-105", "models/gpt2-char-jain", "models/gpt2-shakespeare-adi", "models/gpt2-nano-sort",
            "models/tinystories-656k");
    static final List<String> ALL = Stream.concat(LOSSLESS.stream(), LOSSY.stream()).toList();

    private static Tokenizer open(String name) throws IOException {
        return ModelTokenizers.open(SharedMaterial.path(name), warning -> {});
    }

    @ParameterizedTest
    @FieldSource("LOSSLESS")
    void textComesBack(String name) throws IOException {
        RandomTexts random = new RandomTexts(SEED);
        try (Tokenizer tokenizer = open(name)) {
            for (int i = 0; i < 200; i++) {
                // SentencePiece's symbol for a space is decoded to a space
                String text = tokenizer.id("<0x00>").isEmpty() ? random.next() : random.next().replace('▁', ' ');
                assertThat(tokenizer.decode(tokenizer.encode(text, i % 2 == 0, false))).as("seed " + SEED).isEqualTo(text);
            }
        }
    }

    /** Ids of random bytes and of random tokens: streamed text equals the whole text and consists of whole characters. */
    @ParameterizedTest
    @FieldSource("ALL")
    void streamedTextIsTheWholeText(String name) throws IOException {
        Random random = new Random(SEED);
        try (Tokenizer tokenizer = open(name)) {
            for (int i = 0; i < 100; i++) {
                int[] ids = IntStream.range(0, random.nextInt(30))
                        .map(k -> random.nextInt(Math.min(tokenizer.size(), k % 2 == 0 ? 300 : 1 << 20)))
                        .toArray();
                ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                StreamingDecoder stream = tokenizer.stream();
                StringBuilder streamed = new StringBuilder();
                for (int id : ids) {
                    bytes.writeBytes(tokenizer.bytes(id));
                    String part = stream.feed(id);
                    assertThat(part.isEmpty() || !Character.isHighSurrogate(part.charAt(part.length() - 1))).isTrue();
                    streamed.append(part);
                }
                streamed.append(stream.flush());
                String whole = bytes.toString(StandardCharsets.UTF_8);
                assertThat(streamed.toString()).as("seed " + SEED).isEqualTo(tokenizer.decode(ids)).isIn(whole,
                        whole.isEmpty() ? "" : whole.substring(1));
                if (!whole.startsWith(" ")) {
                    assertThat(streamed.toString()).isEqualTo(whole);
                }
            }
        }
    }

    /** User text never becomes a control token. */
    @ParameterizedTest
    @FieldSource("ALL")
    void typedControlTokensStayText(String name) throws IOException {
        try (Tokenizer tokenizer = open(name)) {
            int controls = 0;
            for (int id = 0; id < tokenizer.size(); id++) {
                String text = tokenizer.token(id);
                if (tokenizer.bytes(id).length > 0 || text.isEmpty() || text.startsWith("[PAD")) {
                    continue;
                }
                controls++;
                if (controls > 500) {
                    break;
                }
                for (String typed : List.of(text, "a" + text + text, " " + text + "\n")) {
                    assertThat(Arrays.stream(tokenizer.encode(typed, false, false))).as(typed)
                            .noneMatch(i -> i != unknown(tokenizer) && tokenizer.bytes(i).length == 0);
                }
                if (controls < 50) {
                    assertThat(tokenizer.encode(text, false, true)).as(text).contains(id);
                }
            }
        }
    }

    private static int unknown(Tokenizer tokenizer) {
        return tokenizer.id("<unk>").orElse(tokenizer.id("[UNK]").orElse(-1));
    }

    @ParameterizedTest
    @FieldSource("ALL")
    void idsAndSpellings(String name) throws IOException {
        try (Tokenizer tokenizer = open(name)) {
            assertThat(tokenizer.size()).isPositive();
            for (int id = 0; id < tokenizer.size(); id += 997) {
                String spelled = tokenizer.token(id);
                assertThat(tokenizer.token(tokenizer.id(spelled).orElseThrow())).isEqualTo(spelled);
            }
            assertThat(tokenizer.id("no token is spelled like this")).isEmpty();
            for (int wrong : new int[]{-1, tokenizer.size(), Integer.MAX_VALUE, Integer.MIN_VALUE}) {
                assertThatThrownBy(() -> tokenizer.bytes(wrong)).isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("" + wrong);
                assertThatThrownBy(() -> tokenizer.token(wrong)).isInstanceOf(IllegalArgumentException.class);
                assertThatThrownBy(() -> tokenizer.decode(0, wrong)).isInstanceOf(IllegalArgumentException.class);
            }
            SpecialTokens special = tokenizer.special();
            IntStream.concat(special.bos().stream(), special.eos().stream())
                    .forEach(id -> assertThat(id).isBetween(0, tokenizer.size() - 1));
            special.eos().ifPresent(eos -> assertThat(special.endOfGeneration()).contains(eos));
            int[] bare = tokenizer.encode("a", false, false);
            int[] around = tokenizer.encode("a", true, false);
            assertThat(around.length - bare.length).isEqualTo((special.addsBos() ? 1 : 0) + (special.addsEos() ? 1 : 0));
        }
    }

    /** Unpaired surrogates, NUL, and the empty text. */
    @ParameterizedTest
    @FieldSource("ALL")
    void oddTexts(String name) throws IOException {
        try (Tokenizer tokenizer = open(name)) {
            assertThat(tokenizer.encode("", false, true)).isEmpty();
            assertThat(tokenizer.encode("a\uD83Db", false, false)).isEqualTo(tokenizer.encode("a\uFFFDb", false, false));
            assertThat(tokenizer.encode("\uDE00", false, false)).isEqualTo(tokenizer.encode("\uFFFD", false, false));
            assertThat(tokenizer.encode("a\u0000b", false, false)).isNotNull();
        }
    }

}

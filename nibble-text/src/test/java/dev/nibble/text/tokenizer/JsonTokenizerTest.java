package dev.nibble.text.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nibble.error.MalformedFileException;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Small tokenizer.json files: the effect of each part, and refusals. */
class JsonTokenizerTest {
    private static final String GOOD = """
            {"added_tokens": [{"id": 6, "content": "<end>", "special": true}, {"id": 7, "content": "[x]", "special": false, "lstrip": true,
              "rstrip": true}, {"id": 8, "content": "word", "special": false, "single_word": true}],
             "normalizer": null, "pre_tokenizer": null, "post_processor": null, "decoder": {"type": "Fuse"},
             "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2, " ": 3, "aa": 4, "<": 5}, "merges": ["a b", "a a"]}}""";

    @TempDir
    Path folder;

    private Tokenizer open(String json) throws IOException {
        Path file = folder.resolve("tokenizer.json");
        Files.writeString(file, json);
        return Tokenizers.open(file);
    }

    private static String with(String part, String value) {
        return GOOD.replaceFirst("\"" + part + "\": (null|\\{\"type\": \"Fuse\"\\})",
                java.util.regex.Matcher.quoteReplacement("\"" + part + "\": " + value));
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '`', value = {"ab, `2`", "aab, `0 2`", "aaa, `4 0`", "` a [x]  b`, `3 0 7 1`", "a[x]b, `0 7 1`", "<end>, 5",
        "<end>a, `5 0`", "a word b, `0 3 8 3 1`", "awordb, `0 1`"})
    void encodes(String text, String ids) throws IOException {
        try (Tokenizer tokenizer = open(GOOD)) {
            int[] expected = java.util.Arrays.stream(ids.split(" ")).mapToInt(Integer::parseInt).toArray();
            assertThat(tokenizer.encode(text, false, false)).isEqualTo(expected);
        }
    }

    @Test
    void controlTokensAreFoundWhenAskedFor() throws IOException {
        try (Tokenizer tokenizer = open(GOOD)) {
            assertThat(tokenizer.encode("a<end>b", false, true)).containsExactly(0, 6, 1);
            assertThat(tokenizer.decode(0, 6, 7, 1)).isEqualTo("a[x]b");
            assertThat(tokenizer.size()).isEqualTo(9);
            assertThat(tokenizer.token(6)).isEqualTo("<end>");
        }
    }

    /** T06: backtracking expressions are refused on the texts on which they backtrack, and only there. */
    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {"(.*,){12}P; x, ab", "(a*)*\\\\1b; a", "(a+)+$; ''", "(?:a|b)*c; ab", "(x+x+)+y; ''"})
    @Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void hostileExpressionsAreGivenUp(String regex, String hostile) throws IOException {
        String split = "{\"type\": \"Split\", \"pattern\": {\"Regex\": \"" + regex + "\"}, \"behavior\": \"Isolated\", \"invert\": false}";
        Map<String, Integer> texts = Map.of("x,", 60, "a", 40, "ab", 100_000, "x", 50);
        assertThat(texts.keySet()).containsAll(words(hostile));
        try (Tokenizer tokenizer = open(with("pre_tokenizer", split))) {
            texts.forEach((word, times) -> {
                String text = word.repeat(times);
                if (words(hostile).contains(word)) {
                    assertThatThrownBy(() -> tokenizer.encode(text, false, false)).as(word).isInstanceOf(MalformedFileException.class)
                            .hasMessageContaining("REGEX_BUDGET").hasMessageContaining("tokenizer.json");
                } else { // two letters per token; others are not in the vocabulary
                    assertThat(tokenizer.encode(text, false, false)).as(word).hasSize(text.replaceAll("[^ab]", "").length() / 2);
                }
            });
        }
    }

    private static List<String> words(String text) {
        return text.isEmpty() ? List.of() : List.of(text.split(" "));
    }

    @Test
    void wrongExpressionsAreRefused() {
        for (String regex : new String[]{"(", "[a", "(".repeat(20_000), "*"}) {
            String split = "{\"type\": \"Split\", \"pattern\": {\"Regex\": \"" + regex + "\"}, \"behavior\": \"Isolated\"}";
            assertThatThrownBy(() -> open(with("pre_tokenizer", split))).isInstanceOf(MalformedFileException.class)
                    .hasMessageContaining("TOKENIZER_REGEX");
        }
    }

    /** T07. */
    @Test
    void normalizersMayNotBlowTextUp() throws IOException {
        String replace = "{\"type\": \"Replace\", \"pattern\": {\"String\": \"a\"}, \"content\": \"" + "a".repeat(1000) + "\"}";
        try (Tokenizer tokenizer = open(with("normalizer", replace))) {
            assertThatThrownBy(() -> tokenizer.encode("a".repeat(100), false, false)).isInstanceOf(MalformedFileException.class)
                    .hasMessageContaining("TOKENIZER_GROWTH");
        }
        String empty = "{\"type\": \"Replace\", \"pattern\": {\"String\": \"\"}, \"content\": \"a\"}";
        assertThatThrownBy(() -> open(with("normalizer", empty))).isInstanceOf(MalformedFileException.class)
                .hasMessageContaining("an empty pattern");
    }

    /** T09. */
    @Test
    void templatesMayOnlyNameWhatTheyDescribe() {
        String template = "{\"type\": \"TemplateProcessing\", \"single\": [{\"SpecialToken\": {\"id\": \"X\", \"type_id\": 0}},"
                + " {\"Sequence\": {\"id\": \"A\", \"type_id\": 0}}], \"pair\": [], \"special_tokens\": {%s}}";
        assertThatThrownBy(() -> open(with("post_processor", template.formatted("")))).isInstanceOf(MalformedFileException.class)
                .hasMessageContaining("\"X\" is not among the special_tokens");
        assertThatThrownBy(
                () -> open(with("post_processor", template.formatted("\"X\": {\"id\": \"X\", \"ids\": [9], \"tokens\": [\"X\"]}"))))
                .isInstanceOf(MalformedFileException.class).hasMessageContaining("found 9");
    }

    /** T10: never guessed. */
    @ParameterizedTest
    @CsvSource({"normalizer, Precompiled", "pre_tokenizer, UnicodeScripts", "decoder, CTC", "post_processor, Other"})
    void unknownPartsAreNamed(String part, String type) {
        assertThatThrownBy(() -> open(with(part, "{\"type\": \"" + type + "\"}"))).isInstanceOf(UnsupportedException.class)
                .hasMessageContaining("/" + part).hasMessageContaining(type).hasMessageContaining("there are");
    }

    @Test
    void theTemplateGoesAroundTheText() throws IOException {
        String template = """
                {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<end>", "type_id": 0}},
                {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "<end>", "type_id": 0}}], "pair": [],
                "special_tokens": {"<end>": {"id": "<end>", "ids": [6], "tokens": ["<end>"]}}}""";
        try (Tokenizer tokenizer = open(with("post_processor", template))) {
            assertThat(tokenizer.encode("ab", true, false)).containsExactly(6, 2, 6);
            assertThat(tokenizer.special().addsBos()).isTrue();
        }
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"eos_token\": \"<end>\", \"add_eos_token\": false}");
        try (Tokenizer tokenizer = open(with("post_processor", template))) {
            assertThat(tokenizer.encode("ab", true, false)).containsExactly(6, 2);
            assertThat(tokenizer.special().endOfGeneration()).containsExactly(6);
        }
    }

    @Test
    void otherFilesAreNoTokenizers() throws IOException {
        Path file = folder.resolve("x.bin");
        Files.write(file, new byte[]{0, 1, 2, 3});
        assertThatThrownBy(() -> Tokenizers.open(file)).isInstanceOf(UnsupportedException.class).hasMessageContaining("no tokenizer");
        assertThatThrownBy(() -> Tokenizers.open(folder)).isInstanceOf(UnsupportedException.class).hasMessageContaining("no vocabulary");
        Files.write(file, new byte[0]);
        assertThatThrownBy(() -> Tokenizers.open(file)).isInstanceOf(UnsupportedException.class);
    }
}

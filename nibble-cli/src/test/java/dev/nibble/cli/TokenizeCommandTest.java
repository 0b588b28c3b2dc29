package dev.nibble.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code nibble tokenize} on the bundled model. */
class TokenizeCommandTest {
    private static final String TEXT = "The cat sat.<|endoftext|>";

    @TempDir
    Path folder;

    private Path model;

    @BeforeEach
    void unpack() throws IOException {
        model = folder.resolve("model");
        DemoModel.unpack(model);
    }

    @Test
    void jsonHasIdsAndTokens() {
        JsonNode facts = json(Run.nibble("tokenize", model, "-p", "The cat", "--json"));
        List<String> tokens = facts.get("tokens").valueStream().map(JsonNode::asString).toList();
        assertThat(String.join("", tokens)).isEqualTo("<|endoftext|>TheĠcat");
        assertThat(facts.get("ids").size()).isEqualTo(tokens.size());
        assertThat(facts.propertyNames()).containsExactlyInAnyOrder("ids", "tokens");
    }

    @Test
    void controlTokensAreReadOnlyWhenAskedFor() {
        List<Integer> plain = ids(Run.nibble("tokenize", model, "-p", TEXT, "--json"));
        List<Integer> special = ids(Run.nibble("tokenize", model, "-p", TEXT, "--special", "--json"));
        assertThat(plain).startsWith(0).containsOnlyOnce(0); // the model expects one before every text
        assertThat(special).endsWith(0).hasSizeLessThan(plain.size());
    }

    @Test
    void aQuantizedModelReadsTheSame() throws IOException {
        Path gguf = folder.resolve("q8.gguf");
        assertThat(Run.nibble("quantize", model, "--to", "Q8_0", "-o", gguf).exitCode()).isZero();
        Path text = Files.writeString(folder.resolve("text.txt"), "Zwölf Boxkämpfer 🥊 jagen\n\n  Viktor  2024!");
        assertThat(ids(Run.nibble("tokenize", gguf, "-f", text, "--json")))
                .isEqualTo(ids(Run.nibble("tokenize", model, "-f", text, "--json")))
                .hasSizeGreaterThan(10);
    }

    @Test
    void peopleGetATable() {
        Run run = Run.nibble("tokenize", model, "-p", "The cat");
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out().lines().findFirst()).hasValueSatisfying(line -> assertThat(line.strip()).matches("id +token"));
        assertThat(run.out()).contains("Ġcat");
        assertThat(run.err()).isEmpty();
    }

    @Test
    void failuresAreOneLine() throws IOException {
        assertFails(1, Run.nibble("tokenize", folder.resolve("nothing"), "-p", "x"), "nothing: no such file");
        assertFails(2, Run.nibble("tokenize", model), "--file", "--prompt");
        assertFails(2, Run.nibble("tokenize", model, "-p", "x", "-f", "y"), "mutually exclusive");
        assertFails(1, Run.nibble("tokenize", model, "-f", folder.resolve("absent.txt")), "absent.txt: no such file");
        Path odd = Files.write(folder.resolve("odd.txt"), new byte[]{(byte) 0xFF, 'a'});
        assertFails(1, Run.nibble("tokenize", model, "-f", odd), "odd.txt", "UTF-8");
        assertFails(1, Run.nibble("tokenize", odd, "-p", "x"), "no tokenizer of a known kind");
    }

    private static void assertFails(int exitCode, Run run, String... parts) {
        assertThat(run.exitCode()).isEqualTo(exitCode);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).contains(parts).doesNotContain("internal error");
    }

    private static List<Integer> ids(Run run) {
        return json(run).get("ids").valueStream().map(JsonNode::asInt).toList();
    }

    private static JsonNode json(Run run) {
        assertThat(run.exitCode()).as(run.err()).isZero();
        return JsonMapper.builder().build().readTree(run.out());
    }
}

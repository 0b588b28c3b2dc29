package dev.nibble.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code nibble run}, {@code chat} and {@code bench} on the bundled model. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RunningCommandsTest {
    @TempDir
    static Path folder;

    private Path model;

    @BeforeAll
    void unpack() throws IOException {
        model = folder.resolve("model");
        DemoModel.unpack(model);
    }

    @Test
    void standardOutputGetsOnlyTheText() {
        Run run = Run.nibble("run", model, "-p", "Once upon a time", "-n", 12, "--temp", 0);
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).startsWith(", there was a").doesNotContain("Once");
    }

    @Test
    void theSameSeedGivesTheSameTextOnEveryBackend() {
        Run first = Run.nibble("run", model, "-p", "One day", "-n", 24, "--seed", 5);
        assertThat(Run.nibble("run", model, "-p", "One day", "-n", 24, "--seed", 5).out()).isEqualTo(first.out());
        assertThat(Run.nibble("run", model, "-p", "One day", "-n", 24, "--seed", 5, "--threads", 1).out()).isEqualTo(first.out());
        assertThat(Run.nibble("run", model, "-p", "One day", "-n", 24, "--seed", 5, "--backend", "reference").out())
                .isEqualTo(first.out());
        assertThat(Run.nibble("run", model, "-p", "One day", "-n", 24, "--seed", 6).out()).isNotEqualTo(first.out());
    }

    @Test
    void answersFollowASchema() throws IOException {
        Path schema = Files.writeString(folder.resolve("schema.json"),
                "{\"type\": \"object\", \"properties\": {\"name\": {\"enum\": [\"Tom\", \"Mia\"]}, \"age\": {\"type\": \"integer\","
                        + " \"minimum\": 1, \"maximum\": 9}}, \"required\": [\"name\", \"age\"], \"additionalProperties\": false}");
        Run run = Run.nibble("run", model, "-p", "Who? ", "-n", 60, "--seed", 3, "-j", schema);
        assertThat(run.exitCode()).as(run.err()).isZero();
        JsonNode answer = JsonMapper.shared().readTree(run.out());
        assertThat(answer.get("name").asString()).isIn("Tom", "Mia");
        assertThat(answer.get("age").asInt()).isBetween(1, 9);
    }

    @Test
    void aPromptMayComeFromAFileAndStopStringsEnd() throws IOException {
        Path prompt = Files.writeString(folder.resolve("prompt.txt"), "Once upon a time");
        Run run = Run.nibble("run", model, "-f", prompt, "-n", 40, "--temp", 0, "--stop", " a ");
        assertThat(run.out().strip()).isEqualTo(", there was");
    }

    @Test
    void whatCannotBeIsSaidInOneLine() throws IOException {
        assertFails(1, Run.nibble("run", folder.resolve("absent"), "-p", "x"), "no such file");
        assertFails(2, Run.nibble("run", model), "--prompt", "--file");
        assertFails(2, Run.nibble("run", model, "-p", "x", "--temp", -1), "temperature is -1.0");
        assertFails(2, Run.nibble("run", model, "-p", "x", "--threads", 100_000), "1 to 1024");
        assertFails(1, Run.nibble("run", model, "-p", "x", "--ctx", 2_000_000_000), "MiB are available");
        assertFails(1, Run.nibble("run", model, "-p", "many words that are too many", "--ctx", 4), "the context is 4");
        assertFails(1, Run.nibble("run", model, "-p", "x", "--backend", "abacus"), "no backend abacus; there are");
        assertFails(1, Run.nibble("run", model, "-p", "x", "--kv", "Q2_K"), "F32, F16, Q8_0");
        Path odd = Files.write(folder.resolve("odd.txt"), new byte[]{'a', (byte) 0xFF});
        assertFails(1, Run.nibble("run", model, "-f", odd), "offset 1", "UTF-8");
        Path grammar = Files.writeString(folder.resolve("bad.gbnf"), "root ::= \"a");
        assertFails(1, Run.nibble("run", model, "-p", "x", "--grammar-file", grammar), "line 1");
        Path template = Files.writeString(folder.resolve("bad.jinja"), "{% for %}");
        assertFails(1, Run.nibble("chat", model, "--chat-template-file", template), "line 1");
    }

    private static void assertFails(int exitCode, Run run, String... parts) {
        assertThat(run.exitCode()).as(run.err()).isEqualTo(exitCode);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).contains(parts).doesNotContain("internal error").doesNotContain("Exception");
    }

    @Test
    void everyLineOfAPipeIsATurn() {
        InputStream real = System.in;
        System.setIn(new ByteArrayInputStream("Hello\n\nOne day\n".getBytes(StandardCharsets.UTF_8)));
        try {
            Run run = Run.nibble("chat", model, "-n", 8, "--temp", 0, "--chat-template", "chatml");
            assertThat(run.exitCode()).as(run.err()).isZero();
            assertThat(run.out().lines().filter(line -> !line.isBlank()).count()).isGreaterThanOrEqualTo(2);
        } finally {
            System.setIn(real);
        }
    }

    @Test
    void benchSaysSpeedAndBandwidth() {
        Run run = Run.nibble("bench", model, "--prompt", 16, "--generate", 8, "--repeat", 1, "--threads", "1,2", "--json");
        assertThat(run.exitCode()).as(run.err()).isZero();
        JsonNode facts = JsonMapper.shared().readTree(run.out());
        assertThat(facts.propertyNames()).contains("backend", "load_s", "prompt_tokens_per_s", "generate_tokens_per_s", "read_GB_per_s",
                "percent_of_bandwidth", "rss_MiB", "rss_beyond_weights_and_cache_MiB");
        assertThat(facts.get("generate_tokens_per_s").asDouble()).isPositive();
        assertThat(facts.get("by_threads").size()).isEqualTo(2);
        assertFails(2, Run.nibble("bench", model, "--prompt", 0, "--generate", 0), "rounds of 0 + 0 tokens");
    }
}

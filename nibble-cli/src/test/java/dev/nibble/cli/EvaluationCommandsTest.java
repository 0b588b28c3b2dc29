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

/** Evaluation of the bundled model: output, files and failures of the commands. */
class EvaluationCommandsTest {
    @TempDir
    Path folder;

    private Path model;
    private Path text;

    @BeforeEach
    void unpack() throws IOException {
        model = folder.resolve("model");
        DemoModel.unpack(model);
        text = Files.writeString(folder.resolve("text.txt"),
                "Once upon a time there was a clever monkey named Bob. He saw a big red ball in"
                        + " the park and wanted to play with it. His mom said, \"You can share it with your friends.\" They were happy. "
                                .repeat(3));
    }

    @Test
    void perplexityPrintsTheJsonThatScriptsRelyOn() {
        JsonNode facts = json(Run.nibble("perplexity", model, "-f", text, "--ctx", 16, "--chunks", 3, "--json"));
        assertThat(facts.propertyNames()).containsExactly("protocol", "ctx", "chunks", "tokens", "nll", "perplexity", "standard_error");
        assertThat(facts.get("protocol").asString()).isEqualTo("p3");
        assertThat(facts.get("ctx").asInt()).isEqualTo(16);
        assertThat(facts.get("chunks").asInt()).isEqualTo(3);
        assertThat(facts.get("tokens").asInt()).isEqualTo(3 * 7);
        assertThat(facts.get("perplexity").asDouble()).isBetween(2.0, 200.0)
                .isEqualTo(Math.exp(facts.get("nll").asDouble()));
        Run forPeople = Run.nibble("perplexity", model, "-f", text, "--ctx", 16, "--protocol", "p1");
        assertThat(forPeople.out()).contains("perplexity", "windows of 16 tokens");
        assertThat(forPeople.err()).contains("published p1 figures have 2048");
    }

    @Test
    void compareShowsWhatWasLost() throws IOException {
        Path q8 = quantized("Q8_0");
        Path q2 = quantized("Q2_K");
        Path report = folder.resolve("report.html");
        Path tokens = folder.resolve("tokens.csv");
        Path base = folder.resolve("base.bin");
        JsonNode facts = json(Run.nibble("compare", model, q8, q2, "-f", text, "--ctx", 16, "--chunks", 2, "--json", "--report", report,
                "--per-token", tokens, "--save-base", base));
        assertThat(facts.get("base").get("chunks").asInt()).isEqualTo(2);
        JsonNode good = facts.get("models").get(0);
        JsonNode bad = facts.get("models").get(1);
        assertThat(good.propertyNames()).contains("model", "bytes", "bits_per_weight", "perplexity", "mean_kl", "p99_kl", "max_kl",
                "top1_agreement", "layer_errors");
        assertThat(good.get("mean_kl").asDouble()).isPositive().isLessThan(bad.get("mean_kl").asDouble() / 10);
        assertThat(good.get("bits_per_weight").asDouble()).isBetween(8.4, 8.6);
        assertThat(good.get("layer_errors").size()).isEqualTo(3);
        assertThat(Files.readString(report)).contains("<svg", "Layer by layer", "q-Q2_K", ">Q8_0<", "prefers-color-scheme").doesNotContain(
                "http",
                "NaN");
        List<String> lines = Files.readAllLines(tokens);
        assertThat(lines).hasSize(1 + 2 * 2 * 7).first().asString().startsWith("model,window,position");
        JsonNode again = json(Run.nibble("compare", "--base-file", base, q8, q2, "--json"));
        assertThat(again.get("models").get(1).get("mean_kl").asDouble()).isEqualTo(bad.get("mean_kl").asDouble());
        assertThat(Run.nibble("compare", "--base-file", base, q8).out()).contains("mean KL", "same top");
    }

    @Test
    void modelAgainstItselfLosesNothing() {
        JsonNode facts = json(Run.nibble("compare", model, model, "-f", text, "--ctx", 16, "--chunks", 2, "--json")).get("models").get(0);
        assertThat(facts.get("mean_kl").asDouble()).isLessThan(1e-8);
        assertThat(facts.get("top1_agreement").asDouble()).isEqualTo(1);
        assertThat(facts.get("perplexity_ratio").asDouble()).isEqualTo(1);
    }

    @Test
    void questionsAreAnswered() throws IOException {
        Path questions = Files.writeString(folder.resolve("h.txt"),
                "Once upon a\n0\ntime there was a dog.\nxq zzv kkw.\nqqq qq.\nvvx 7 7 7.\n".repeat(3));
        JsonNode facts = json(Run.nibble("evaluate", model, "--task", "hellaswag", "-f", questions, "--limit", 2, "--json"));
        assertThat(facts.get("questions").asInt()).isEqualTo(2);
        assertThat(facts.get("acc_norm").asDouble()).isEqualTo(1);
        assertThat(facts.get("acc_norm_stderr").asDouble()).isZero();
        assertThat(Run.nibble("evaluate", model, "--task", "hellaswag", "-f", questions).out()).contains("acc_norm", "100.00 %");
    }

    @Test
    void mistakesAreExplained() throws IOException {
        fails(1, Run.nibble("perplexity", model, "-f", text, "--ctx", 256), "needs at least 512", "longer text");
        fails(1, Run.nibble("perplexity", model, "-f", text, "--protocol", "p2"), "4096", "context of 256");
        fails(1, Run.nibble("perplexity", model, "-f", text, "--protocol", "p4"), "p1, p2, p3");
        fails(1, Run.nibble("perplexity", model, "-f", folder.resolve("none.txt")), "no such file");
        fails(1, Run.nibble("compare", "--base-file", text, model), "not a base file");
        fails(1, Run.nibble("evaluate", model, "--task", "glue", "-f", text), "hellaswag");
        fails(2, Run.nibble("perplexity", model), "-f TEXT");
        fails(2, Run.nibble("compare", model, "-f", text), "quantized");
        fails(2, Run.nibble("perplexity", model, "-f", text, "--chunks", 0), "--chunks");
        Files.write(text, new byte[]{'a', 'b', (byte) 0xFF});
        fails(1, Run.nibble("perplexity", model, "-f", text), "offset 2", "UTF-8");
    }

    @Test
    void otherTokensAreRefused() throws IOException {
        Path other = folder.resolve("other");
        DemoModel.unpack(other);
        Path tokenizer = other.resolve("tokenizer.json");
        String json = Files.readString(tokenizer);
        assertThat(json).contains("\"Q\"", "\"X\"");
        Files.writeString(tokenizer, json.replace("\"Q\"", "\"@@\"").replace("\"X\"", "\"Q\"").replace("\"@@\"", "\"X\""));
        fails(1, Run.nibble("compare", model, other, "-f", text, "--ctx", 16), "its vocabulary differs from that of");
    }

    private static void fails(int exitCode, Run run, String... parts) {
        assertThat(run.exitCode()).as(run.err()).isEqualTo(exitCode);
        assertThat(run.err()).contains(parts);
        assertThat(run.out()).isEmpty();
    }

    private Path quantized(String type) {
        Path file = folder.resolve("q-" + type + ".gguf");
        assertThat(Run.nibble("quantize", model, "--to", type, "-o", file).exitCode()).isZero();
        return file;
    }

    private static JsonNode json(Run run) {
        assertThat(run.exitCode()).as(run.err()).isZero();
        return JsonMapper.shared().readTree(run.out());
    }
}

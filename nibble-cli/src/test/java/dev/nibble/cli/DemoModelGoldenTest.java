package dev.nibble.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.checkpoint.imatrix.Imatrix;
import dev.nibble.core.checkpoint.open.Checkpoints;
import dev.nibble.core.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The bundled model against llama.cpp's results in {@code golden/demo-model}: bytes, perplexities, tokens, importance. */
class DemoModelGoldenTest {
    private static final JsonNode GOLDEN = json(resource("demo-model.json"));

    @TempDir
    static Path folder;
    private static Path model;
    private static Path stories;
    private static Path imatrix;

    @BeforeAll
    static void unpack() throws IOException {
        model = folder.resolve("model");
        DemoModel.unpack(model);
        stories = model.resolve("stories.txt");
        imatrix = Files.write(folder.resolve("demo.imatrix.gguf"), resource("demo.imatrix.gguf"));
    }

    static Stream<Arguments> types() {
        List<Arguments> types = new ArrayList<>();
        GOLDEN.get("types").propertyNames().forEach(type -> types.add(Arguments.of(type, "types")));
        GOLDEN.get("types_with_imatrix").propertyNames().forEach(type -> types.add(Arguments.of(type, "types_with_imatrix")));
        assertThat(types).hasSize(34);
        return types.stream();
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("types")
    void everyTensorHasTheBytesOfLlamaQuantizeAndThePerplexityIsTheSame(String type, String list) throws IOException {
        JsonNode golden = GOLDEN.get(list).get(type);
        Path file = folder.resolve("model.gguf");
        List<Object> command = new ArrayList<>(List.of("quantize", model, "--to", type, "-o", file, "--force"));
        if (list.equals("types_with_imatrix")) {
            command.addAll(List.of("--imatrix", imatrix));
        }
        run(command.toArray());
        JsonNode tensors = golden.get("tensors");
        try (Checkpoint written = Checkpoints.open(file)) {
            assertThat(written.names()).containsExactlyInAnyOrderElementsOf(tensors.propertyNames()).hasSize(30);
            for (String name : written.names()) {
                Tensor tensor = written.tensor(name);
                assertThat(tensor.codec().ggufType()).as(name).hasValue(tensors.get(name).get(0).asInt());
                assertThat(Sha256.of(tensor.data())).as(name + " in " + tensor.codec().name())
                        .isEqualTo(tensors.get(name).get(1).asString());
            }
        }
        // llama.cpp sums in another order, with activations quantized to eight bits
        assertThat(perplexity(file)).isCloseTo(figure(golden.get("perplexity_ctx256")), withinPercentage(0.5));
    }

    @Test
    void thePerplexityOfTheOriginalAgreesInEveryDigit() {
        assertThat(perplexity(model)).isCloseTo(figure(GOLDEN.get("perplexity_f32_ctx256")), within(1e-4));
    }

    @Test
    void theTextHasTheSameTokens() {
        JsonNode found = json(run("tokenize", model, "-f", stories, "--json").out().getBytes(StandardCharsets.UTF_8));
        JsonNode expected = GOLDEN.get("ids_of_stories.txt");
        assertThat(expected.size()).isGreaterThan(1000);
        assertThat(found.get("ids").valueStream().map(JsonNode::asInt))
                .containsExactlyElementsOf(expected.valueStream().map(JsonNode::asInt).toList());
    }

    @Test
    void theImportanceMatrixIsThatOfLlamaImatrix() throws IOException {
        Path ours = folder.resolve("ours.gguf");
        run("calibrate", model, "-f", stories, "-o", folder.resolve("bundle"), "--imatrix", ours, "--seqlen", 256, "--no-hessian",
                "--exact-activations");
        Imatrix expected = Imatrix.read(imatrix);
        Imatrix found = Imatrix.read(ours);
        assertThat(found.names()).containsAll(expected.names());
        for (String name : expected.names()) {
            float[] theirs = expected.weights(name).orElseThrow();
            float[] weights = found.weights(name).orElseThrow();
            assertThat(weights).hasSameSizeAs(theirs);
            double difference = 0;
            double sum = 0;
            for (int i = 0; i < theirs.length; i++) {
                difference += Math.abs(weights[i] - theirs[i]);
                sum += theirs[i];
            }
            assertThat(difference / sum).as(name).isLessThan(0.02);
        }
    }

    private static double perplexity(Path file) {
        Run run = run("perplexity", file, "-f", stories, "--protocol", "p3", "--ctx", 256, "--exact-activations", "--json");
        return json(run.out().getBytes(StandardCharsets.UTF_8)).get("perplexity").asDouble();
    }

    private static double figure(JsonNode printed) {
        return Double.parseDouble(printed.asString().split(" ")[0]);
    }

    private static Run run(Object... command) {
        Run run = Run.nibble(command);
        assertThat(run.exitCode()).as(run.err()).isZero();
        return run;
    }

    private static JsonNode json(byte[] text) {
        return JsonMapper.shared().readTree(text);
    }

    private static byte[] resource(String name) {
        try (InputStream in = DemoModelGoldenTest.class.getResourceAsStream("/golden/demo-model/" + name)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package dev.nibble.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nibble.ModelFile;
import dev.nibble.Progress;
import dev.nibble.ProgressListener;
import dev.nibble.Quantization;
import dev.nibble.QuantizationPlan;
import dev.nibble.QuantizationReport;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Quantization through the library. */
class QuantizationTest {
    @TempDir
    Path folder;

    private Path directory;
    private ModelFile model;

    @BeforeEach
    void open() throws IOException {
        directory = folder.resolve("model");
        DemoModel.unpack(directory);
        model = ModelFile.open(directory);
    }

    @AfterEach
    void close() {
        model.close();
    }

    private Quantization base() {
        return Quantization.of(model).threads(2).calibrationWindows(2, 32);
    }

    /** {@code gptq}: a directory; {@code gptq Q4_K_M}: a file of that type; {@code rtn W4A16}: a directory of that scheme. */
    private Quantization asked(String words) {
        String[] parts = words.split(" ");
        Quantization quantization = parts[0].equals("-") ? base() : base().method(parts[0]);
        if (parts.length == 1) {
            return quantization;
        }
        return Quantization.schemes().contains(parts[1]) ? quantization.scheme(parts[1]) : quantization.to(parts[1]);
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).filter(name -> !name.equals("model")).sorted().toList();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"- Q4_K_M", "- BF16", "rtn Q4_0", "awq Q4_K_M", "rtn", "awq", "smoothquant", "hqq", "nf4", "rtn W4A16",
        "rtn FP8_BLOCK", "rtn NVFP4A16"})
    void planSaysTheExactSizeAndEveryTensor(String words) throws IOException {
        QuantizationPlan plan = asked(words).plan();
        assertThat(files()).isEmpty();
        QuantizationReport report = plan.write(folder.resolve("out"));
        Path weights = plan.isDirectory() ? folder.resolve("out/model.safetensors") : folder.resolve("out");
        assertThat(plan.bytes()).isEqualTo(Files.size(weights)).isEqualTo(report.bytes());
        assertThat(report.tensors().stream().map(result -> result.tensor().name() + " " + result.tensor().to()))
                .containsExactlyInAnyOrderElementsOf(plan.tensors().stream().map(tensor -> tensor.name() + " " + tensor.to()).toList());
        assertThat(report.type()).isEqualTo(plan.type());
        assertThat(files()).containsExactly("out");
    }

    @Test
    void everyMethodGoesWithATargetOrIsRefusedByNameBeforeAnyWork() throws IOException {
        List<String> targets = new ArrayList<>(List.of("", "Q4_K_M", "Q8_0", "IQ4_XS", "IQ2_XXS", "TQ1_0", "MXFP4_MOE", "BF16"));
        targets.addAll(Quantization.schemes());
        Map<String, Integer> plans = new LinkedHashMap<>();
        for (String method : Quantization.methods()) {
            for (String target : targets) {
                String words = (method + " " + target).strip();
                try {
                    QuantizationPlan plan = asked(words).plan();
                    assertThat(plan.bytes()).as(words).isPositive();
                    assertThat(plan.memory().bytes()).as(words).isPositive();
                    plans.merge(method, 1, Integer::sum);
                } catch (UnsupportedException e) {
                    String message = e.getMessage().toLowerCase(Locale.ROOT);
                    assertThat(message).as(words).containsAnyOf(method, target.isEmpty() ? method : target.toLowerCase(Locale.ROOT),
                            "as " + target.toLowerCase(Locale.ROOT).replaceAll("_.*", ""));
                }
            }
        }
        assertThat(plans.keySet()).as("each has a target").containsExactlyElementsOf(Quantization.methods());
        assertThat(files()).isEmpty();
    }

    @Test
    void whatDoesNotFitTogetherIsRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("file.yaml"), "method: rtn\n");
        Map<String, UnaryOperator<Quantization>> wrong = new LinkedHashMap<>();
        wrong.put("both a size and a divergence", q -> q.fit(1_000_000).maxKl(0.1));
        wrong.put("a budget chooses the types", q -> q.fit(1_000_000).to("Q8_0"));
        wrong.put("a recipe sets the method", q -> q.recipe(file).method("gptq"));
        wrong.put("bits 4: needs a method", q -> q.bits(4));
        wrong.put("scheme W4A16: needs a method", q -> q.scheme("W4A16"));
        wrong.put("scheme W4A16 is for quantized directories", q -> q.method("rtn").scheme("W4A16").to("Q8_0"));
        wrong.put("bits 4: for quantized directories", q -> q.method("rtn").to("Q8_0").bits(4));
        wrong.put("group 32, format gguf: for quantized directories", q -> q.method("rtn").format("gguf").group(32));
        wrong.put("act-order: for quantized directories", q -> q.method("gptq").to("Q8_0").actOrder(true));
        wrong.put("are for GGUF files", q -> q.method("rtn").pure(true));
        wrong.put("an importance matrix and a method", q -> q.method("rtn").to("Q8_0").imatrix(file));
        wrong.put("no method magic", q -> q.method("magic"));
        wrong.put("Q9", q -> q.to("Q9"));
        wrong.put("calibration file not found", q -> q.method("gptq").calibration(folder.resolve("none.txt")));
        wrong.put("threads is 0", q -> q.threads(0));
        wrong.forEach((message, change) -> assertThatThrownBy(() -> change.apply(base()).write(folder.resolve("out")))
                .as(message).isInstanceOf(UnsupportedException.class).hasMessageContaining(message));
        assertThatThrownBy(() -> base().fit(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> base().calibrationWindows(0, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThat(files()).containsExactly("file.yaml");
    }

    @Test
    void aStepLeavesTheQuantizationAsItWas() throws IOException {
        Quantization first = base().to("Q8_0");
        first.to("Q2_K").keep(Pattern.compile("ffn")).pure(true);
        assertThat(first.plan().type()).isEqualTo("Q8_0");
        assertThat(first.plan().tensors()).anyMatch(tensor -> tensor.name().contains("ffn") && tensor.to().equals("Q8_0"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"- Q4_K_M", "gptq Q4_K_M", "gptq", "awq"})
    void everyStageReachesItsTotal(String words) throws IOException {
        Map<String, Progress> last = new ConcurrentHashMap<>();
        asked(words).listener(now -> last.merge(now.stage(), now, (a, b) -> a.done() > b.done() ? a : b)).write(folder.resolve("out"));
        assertThat(last).containsKey("quantizing");
        assertThat(last.containsKey("calibrating")).isEqualTo(!words.startsWith("-"));
        assertThat(last.values()).allSatisfy(progress -> {
            assertThat(progress.done()).as(progress.stage()).isEqualTo(progress.total());
            assertThat(progress.percent()).isEqualTo(100);
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"- Q4_K_M", "gptq Q4_K_M", "autoround"})
    void anInterruptLeavesTheJournalAndResumingGivesTheSameBytes(String words) throws IOException {
        asked(words).write(folder.resolve("whole"));
        Path target = folder.resolve("part");
        Thread caller = Thread.currentThread();
        assertThatThrownBy(() -> asked(words).listener(now -> {
            if (now.stage().equals("quantizing") && now.percent() > 30) {
                caller.interrupt();
            }
        }).write(target)).isInstanceOf(InterruptedIOException.class).hasMessageContaining("part: cancelled");
        assertThat(Thread.interrupted()).as("the flag stays set").isTrue();
        boolean guided = !words.startsWith("-");
        assertThat(files()).containsExactlyElementsOf(guided ? List.of(".part.calibration", "part.journal", "whole") : List.of("whole"));
        List<String> notes = new ArrayList<>();
        asked(words).resume(true).listener(new Notes(notes)).write(target);
        assertThat(notes.stream().anyMatch(note -> note.startsWith("continuing after"))).isEqualTo(guided);
        assertThat(files()).containsExactly("part", "whole");
        String weights = Files.isDirectory(target) ? "model.safetensors" : "";
        assertThat(Files.mismatch(folder.resolve("whole").resolve(weights), target.resolve(weights))).isEqualTo(-1);
    }

    /** Records progress. */
    private record Notes(List<String> notes) implements ProgressListener {
        @Override
        public void progress(Progress progress) {
            // ignored
        }

        @Override
        public void note(String message) {
            notes.add(message);
        }
    }

    @Test
    void aSecondWriterIsRefusedAndTheFirstGoesOn() throws IOException {
        Path target = folder.resolve("out.gguf");
        AtomicReference<Throwable> second = new AtomicReference<>();
        asked("gptq Q4_K_M").listener(now -> {
            if (second.get() == null && now.stage().equals("quantizing")) {
                try {
                    base().to("Q8_0").write(target);
                } catch (IOException | RuntimeException e) {
                    second.set(e);
                }
            }
        }).write(target);
        assertThat(second.get()).isInstanceOf(UnsupportedException.class).hasMessageContaining("is being written by this process already");
        try (ModelFile written = ModelFile.open(target)) {
            assertThat(written.tensors()).anyMatch(tensor -> tensor.type().equals("Q4_K"));
        }
        assertThat(files()).containsExactly("out.gguf");
    }

    @Test
    void aTargetThatIsThereIsReplacedOnlyOnRequest() throws IOException {
        Path target = Files.writeString(folder.resolve("out.gguf"), "mine");
        assertThatThrownBy(() -> base().write(target)).isInstanceOf(FileAlreadyExistsException.class);
        assertThat(target).hasContent("mine");
        base().overwrite(true).write(target);
        assertThat(Files.size(target)).isGreaterThan(1000);
    }

    @Test
    void aModelFileTellsWhatTheModelIs() {
        assertThat(model.architecture()).isEqualTo("llama");
        assertThat(model.tensors().stream().mapToLong(ModelFile.Tensor::bytes).sum()).isEqualTo(model.bytes());
        assertThat(model.hiddenSize()).isEqualTo(256);
        ModelFile.Tensor embedding = model.tensors().stream().filter(tensor -> tensor.name().equals("token_embd.weight")).findFirst()
                .orElseThrow();
        assertThat(embedding.shape()).containsExactly((long) model.vocabularySize(), 256L);
        assertThat(model.values("output_norm.weight")).hasSize(256);
        assertThatThrownBy(() -> model.values("nothing")).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("nothing");
    }
}

package dev.nibble;

import dev.nibble.core.evaluation.PerplexityRun;
import dev.nibble.core.evaluation.Protocol;
import dev.nibble.core.evaluation.Windows;
import dev.nibble.core.evaluation.task.Question;
import dev.nibble.core.evaluation.task.Task;
import dev.nibble.core.evaluation.task.TaskRun;
import dev.nibble.core.evaluation.task.Tasks;
import dev.nibble.core.pipeline.BackendChoice;
import dev.nibble.core.pipeline.MeasuredModel;
import dev.nibble.core.pipeline.ModelComparison;
import dev.nibble.core.pipeline.TextWindows;
import dev.nibble.core.tensor.Codec;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Measures models: perplexity over a text, divergence of quantized models from the original, accuracy in a benchmark.
 *
 * <pre>{@code
 * Comparison comparison = new Evaluation().compare(Path.of("Model"), List.of(Path.of("q8.gguf"), Path.of("q4.gguf")), Path.of("text.txt"));
 * }</pre>
 *
 * <p>
 * Immutable: every setting returns a new evaluation. Models are GGUF files or Hugging Face directories. A text is a file of plain text, a
 * {@code .json} array, or {@code .jsonl} lines. An interrupt of the calling thread ends the measurement with an {@link
 * java.io.UncheckedIOException}; the flag stays set.
 */
public final class Evaluation {
    private final TextWindows windows;
    private final Optional<String> backend;
    private final boolean exact;
    private final int threads;
    private final Codec kv;
    private final ProgressListener listener;

    /** An evaluation by llama.cpp's protocol (p3), with the fastest backend, on all cores. */
    public Evaluation() {
        this(new TextWindows(Protocol.LLAMA_CPP, 0, Integer.MAX_VALUE), Optional.empty(), false, Runtime.getRuntime().availableProcessors(),
                KvFormat.named("F16"), ProgressListener.SILENT);
    }

    private Evaluation(TextWindows windows, Optional<String> backend, boolean exact, int threads, Codec kv, ProgressListener listener) {
        this.windows = windows;
        this.backend = backend;
        this.exact = exact;
        this.threads = threads;
        this.kv = kv;
        this.listener = listener;
    }

    /** Sets how the text is cut into windows: {@code p1} and {@code p2} as in papers (2048 and 4096 tokens), {@code p3} as in llama.cpp. */
    public Evaluation protocol(String name) {
        return new Evaluation(new TextWindows(Protocol.named(name), windows.context(), windows.max()), backend, exact, threads, kv,
                listener);
    }

    /** Sets the tokens per window; 0 for the protocol's, or the model's context length if that is smaller. */
    public Evaluation context(int tokens) {
        return new Evaluation(new TextWindows(windows.protocol(), tokens, windows.max()), backend, exact, threads, kv, listener);
    }

    /** Limits the measurement to the first {@code max} windows of the text. */
    public Evaluation windows(int max) {
        return new Evaluation(new TextWindows(windows.protocol(), windows.context(), max), backend, exact, threads, kv, listener);
    }

    /** Sets the backend by name, such as {@code vector}. */
    public Evaluation backend(String name) {
        return new Evaluation(windows, Optional.of(name), exact, threads, kv, listener);
    }

    /** Sets whether kernels that quantize activations to 8 bits are excluded. */
    public Evaluation exactActivations(boolean yes) {
        return new Evaluation(windows, backend, yes, threads, kv, listener);
    }

    /** Sets the number of threads. */
    public Evaluation threads(int count) {
        return new Evaluation(windows, backend, exact, count, kv, listener);
    }

    /** Sets the type of the KV cache, such as {@code F16} or {@code Q8_0}. */
    public Evaluation kv(String type) {
        return new Evaluation(windows, backend, exact, threads, KvFormat.named(type), listener);
    }

    /** Sets the listener to progress and warnings. */
    public Evaluation listener(ProgressListener told) {
        return new Evaluation(windows, backend, exact, threads, kv, told);
    }

    /** Measures the perplexity of a model over a text. */
    public Perplexity perplexity(Path model, Path text) throws IOException {
        try (MeasuredModel measured = MeasuredModel.open(model, loading(), listener)) {
            Windows cut = windows.of(measured, text, listener);
            return PerplexityRun.measure(measured.model(), cut, kv, listener);
        }
    }

    /**
     * Measures the divergence of models from their original, over a text.
     *
     * @throws UnsupportedException if a model's vocabulary differs from the original's
     */
    public Comparison compare(Path original, List<Path> models, Path text) throws IOException {
        return new ModelComparison(loading(), kv, listener, (path, token) -> {}).withModel(original, text, windows, Optional.empty(), false,
                models);
    }

    /**
     * Measures a model's accuracy in a benchmark, without examples in the prompt (0-shot).
     *
     * @param task      {@code hellaswag}, {@code piqa}, {@code arc}, {@code mmlu} or {@code lambada}
     * @param questions file in the benchmark's own format
     */
    public TaskResult task(Path model, String task, Path questions) throws IOException {
        Task chosen = Tasks.named(task);
        List<Question> asked = chosen.read(questions);
        try (MeasuredModel measured = MeasuredModel.open(model, loading(), listener)) {
            return TaskRun.of(chosen, asked, measured.model(), measured.tokenizer(), kv, listener);
        }
    }

    private LoadOptions loading() {
        return new BackendChoice(backend, exact, threads, listener).options();
    }
}

package dev.nibble;

import dev.nibble.core.evaluation.Comparison;
import dev.nibble.core.evaluation.Perplexity;
import dev.nibble.core.evaluation.Protocol;
import dev.nibble.core.evaluation.Windows;
import dev.nibble.core.evaluation.task.Question;
import dev.nibble.core.evaluation.task.Task;
import dev.nibble.core.evaluation.task.TaskResult;
import dev.nibble.core.evaluation.task.Tasks;
import dev.nibble.core.pipeline.Loading;
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
 * Measures models: how well they predict a text, how far quantized ones are from the original, how they answer the questions of a benchmark.
 *
 * <pre>{@code
 * Comparison comparison = new Evaluation().compare(Path.of("Model"), List.of(Path.of("q8.gguf"), Path.of("q4.gguf")), Path.of("text.txt"));
 * }</pre>
 *
 * <p>
 * Every setting returns another evaluation and leaves this one as it is. Models are GGUF files or Hugging Face directories. A text is a file of
 * plain text, a {@code .json} array, or {@code .jsonl} lines. A thread that is interrupted meanwhile ends with an
 * {@link java.io.UncheckedIOException}, its flag still set.
 */
public final class Evaluation {
    private final TextWindows windows;
    private final Optional<String> backend;
    private final boolean exact;
    private final int threads;
    private final Codec kv;
    private final ProgressListener listener;

    /** As llama.cpp measures perplexity (p3), with the fastest backend, on all cores. */
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

    /** How the text is cut: {@code p1} and {@code p2} as in papers (windows of 2048 and 4096), {@code p3} as llama.cpp does. */
    public Evaluation protocol(String name) {
        return new Evaluation(new TextWindows(Protocol.named(name), windows.context(), windows.max()), backend, exact, threads, kv, listener);
    }

    /** Tokens in a window; 0 for what the protocol says, or the model was trained for if that is less. */
    public Evaluation context(int tokens) {
        return new Evaluation(new TextWindows(windows.protocol(), tokens, windows.max()), backend, exact, threads, kv, listener);
    }

    /** Only the first windows of the text. */
    public Evaluation windows(int max) {
        return new Evaluation(new TextWindows(windows.protocol(), windows.context(), max), backend, exact, threads, kv, listener);
    }

    /** Computes with this backend, such as {@code vector}. */
    public Evaluation backend(String name) {
        return new Evaluation(windows, Optional.of(name), exact, threads, kv, listener);
    }

    /** Whether kernels that round activations to 8 bits are left out. */
    public Evaluation exactActivations(boolean yes) {
        return new Evaluation(windows, backend, yes, threads, kv, listener);
    }

    /** Threads that share the work. */
    public Evaluation threads(int count) {
        return new Evaluation(windows, backend, exact, count, kv, listener);
    }

    /** What keys and values are kept in, such as {@code F16} or {@code Q8_0}. */
    public Evaluation kv(String type) {
        return new Evaluation(windows, backend, exact, threads, KvFormat.named(type), listener);
    }

    /** Who is told of progress and warnings. */
    public Evaluation listener(ProgressListener told) {
        return new Evaluation(windows, backend, exact, threads, kv, told);
    }

    /** How well a model predicts a text. */
    public Perplexity perplexity(Path model, Path text) throws IOException {
        try (MeasuredModel measured = MeasuredModel.open(model, loading(), listener)) {
            Windows cut = windows.of(measured, text, listener);
            return Perplexity.of(measured.model(), cut, kv, listener);
        }
    }

    /**
     * How far models are from the one they were made of, over a text.
     *
     * @throws UnsupportedException if one has another vocabulary
     */
    public Comparison compare(Path original, List<Path> models, Path text) throws IOException {
        return new ModelComparison(loading(), kv, listener, (path, token) -> {}).withModel(original, text, windows, Optional.empty(), false,
                models);
    }

    /**
     * How a model answers the questions of a benchmark, without examples before them.
     *
     * @param task      {@code hellaswag}, {@code piqa}, {@code arc}, {@code mmlu} or {@code lambada}
     * @param questions in the benchmark's own format
     */
    public TaskResult task(Path model, String task, Path questions) throws IOException {
        Task chosen = Tasks.named(task);
        List<Question> asked = chosen.read(questions);
        try (MeasuredModel measured = MeasuredModel.open(model, loading(), listener)) {
            return TaskResult.of(chosen, asked, measured.model(), measured.tokenizer(), kv, listener);
        }
    }

    private LoadOptions loading() {
        return new Loading(backend, exact, threads, listener).options();
    }
}

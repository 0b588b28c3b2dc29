package dev.nibble;

import dev.nibble.core.pipeline.Budget;
import dev.nibble.core.pipeline.CalibrationInput;
import dev.nibble.core.pipeline.PlannedJob;
import dev.nibble.core.plan.FileType;
import dev.nibble.core.plan.FileTypes;
import dev.nibble.core.plan.TargetTypes;
import dev.nibble.core.plan.TypeRequest;
import dev.nibble.core.recipe.Method;
import dev.nibble.core.recipe.Methods;
import dev.nibble.core.recipe.Scheme;
import dev.nibble.core.recipe.Schemes;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Quantizes a model: settings first, one call each, then {@link #plan} or {@link #write}.
 *
 * <pre>{@code
 * try (ModelFile model = ModelFile.open(Path.of("TinyLlama-1.1B"))) {
 *     QuantizationReport report = Quantization.of(model).to("Q4_K_M").method("gptq").calibration(Path.of("text.txt")).resume(true)
 *             .write(Path.of("tinyllama-Q4_K_M.gguf"));
 * }
 * }</pre>
 *
 * <p>
 * With {@link #to} a GGUF file is written; with a {@link #method} and no type, a quantized Hugging Face directory. Immutable: every setting
 * returns a new quantization. The bytes depend on the model and the settings, never on the number of threads. Contradictory settings are
 * refused with an {@link UnsupportedException} by {@link #plan} and {@link #write}, before any work.
 *
 * <p>
 * A target is written under a temporary name, locked against other processes, and renamed when it is complete. Calibrated methods keep
 * finished layers in {@code TARGET.journal} until then, for {@link #resume}.
 */
public final class Quantization {
    private final ModelFile model;
    private final QuantizationSettings choices;

    private Quantization(ModelFile model, QuantizationSettings choices) {
        this.model = model;
        this.choices = choices;
    }

    /** Starts from a model; the default target is {@code Q4_K_M}. @param model the caller closes it after writing */
    public static Quantization of(ModelFile model) {
        return new Quantization(model, new QuantizationSettings());
    }

    private Quantization with(Consumer<QuantizationSettings> change) {
        QuantizationSettings changed = choices.copy();
        change.accept(changed);
        return new Quantization(model, changed);
    }

    /** Sets the file type of a GGUF target, such as {@code Q4_K_M}, {@code Q8_0} or {@code IQ3_XXS}: llama.cpp's names. */
    public Quantization to(String fileType) {
        return with(c -> c.type = Optional.of(fileType));
    }

    /** Takes the method, the type and rules for single layers from a YAML file. */
    public Quantization recipe(Path file) {
        return with(c -> c.recipe = Optional.of(file));
    }

    /** Writes the best GGUF file of at most this size: the loss of each tensor in each type is measured on the calibration text. */
    public Quantization fit(long bytes) {
        return with(c -> c.fit = Optional.of(new Budget(bytes, 0)));
    }

    /** Writes the smallest GGUF file within this mean divergence from the original, in nats per token: 0.01, for example. */
    public Quantization maxKl(double nats) {
        return with(c -> c.maxKl = Optional.of(new Budget(0, nats)));
    }

    /** Sets the quantization algorithm: {@code gptq}, {@code awq}, {@code autoround}, {@code hqq} …; {@link #methods} lists all. */
    public Quantization method(String name) {
        return with(c -> c.method = Optional.of(name));
    }

    /** Sets bits, group size, zero points and format of a directory by a scheme of compressed-tensors, such as {@code W4A16}. */
    public Quantization scheme(String name) {
        return with(c -> c.scheme = Optional.of(name));
    }

    /**
     * Sets the format of a directory, such as {@code gptq}, {@code awq} or {@code compressed-tensors}; the method's own if none is given.
     */
    public Quantization format(String name) {
        return with(c -> c.format = Optional.of(name));
    }

    /** Sets the bits of a code, in a directory. */
    public Quantization bits(int count) {
        return with(c -> c.bits = OptionalInt.of(count));
    }

    /** Sets the group size (values that share a scale), in a directory; −1 for a whole row. */
    public Quantization group(int size) {
        return with(c -> c.group = OptionalInt.of(size));
    }

    /** Sets whether quantization is symmetric (no zero points), in a directory. */
    public Quantization symmetric(boolean yes) {
        return with(c -> c.symmetric = yes);
    }

    /** Sets act-order, in a directory: GPTQ quantizes columns with large inputs first, and stores them in that order. */
    public Quantization actOrder(boolean yes) {
        return with(c -> c.actOrder = yes);
    }

    /** Sets whether a layer is calibrated on inputs from the quantized layers before it, not from the original ones. */
    public Quantization trueSequential(boolean yes) {
        return with(c -> c.trueSequential = yes);
    }

    /** Sets whether all matrices of a GGUF file get the same type. */
    public Quantization pure(boolean yes) {
        return with(c -> c.pure = yes);
    }

    /** Sets the type of the GGUF tensors whose name contains a match; the first matching rule counts. */
    public Quantization tensor(Pattern name, String tensorType) {
        return with(c -> c.tensors = Stream.concat(c.tensors.stream(),
                Stream.of(new TypeRequest.TensorChoice(name, TargetTypes.named(tensorType)))).toList());
    }

    /** Leaves tensors whose name contains a match as they are. */
    public Quantization keep(Pattern name) {
        return with(c -> c.keep = Stream.concat(c.keep.stream(), Stream.of(name)).toList());
    }

    /** Sets the type of a GGUF file's output matrix. */
    public Quantization outputType(String tensorType) {
        return with(c -> c.outputType = Optional.of(tensorType));
    }

    /** Sets the type of a GGUF file's token embedding. */
    public Quantization embeddingType(String tensorType) {
        return with(c -> c.embeddingType = Optional.of(tensorType));
    }

    /** Sets whether fused query-key-value matrices follow llama.cpp's rules from before March 2026. */
    public Quantization classicFused(boolean yes) {
        return with(c -> c.classicFused = yes);
    }

    /** Sets whether NaN and infinite values become 0; otherwise they are refused. */
    public Quantization zeroNonFinite(boolean yes) {
        return with(c -> c.zeroNonFinite = yes);
    }

    /** Weighs errors by an importance matrix in llama.cpp's format. */
    public Quantization imatrix(Path file) {
        return with(c -> c.imatrix = Optional.of(file));
    }

    /** Sets the calibration data: a text, or a bundle of statistics; the default is a built-in English text. */
    public Quantization calibration(Path textOrBundle) {
        return with(c -> c.calibration = new CalibrationInput(Optional.of(textOrBundle), c.calibration.samples(), c.calibration.length()));
    }

    /**
     * Limits the calibration text. @param windows maximum number of windows @param tokens tokens per window; 0 for the smaller of 512 and
     * the model's context
     */
    public Quantization calibrationWindows(int windows, int tokens) {
        return with(c -> c.calibration = new CalibrationInput(c.calibration.file(), windows, tokens));
    }

    /** Sets the backend by name, such as {@code vector}; the default is the fastest of this machine. */
    public Quantization backend(String name) {
        return with(c -> c.backend = Optional.of(name));
    }

    /** Sets whether kernels that quantize activations to 8 bits are excluded from calibration. */
    public Quantization exactActivations(boolean yes) {
        return with(c -> c.exactActivations = yes);
    }

    /** Sets the number of threads; the default is all cores. */
    public Quantization threads(int count) {
        return with(c -> c.threads = count);
    }

    /** Sets whether an existing target may be replaced. */
    public Quantization overwrite(boolean yes) {
        return with(c -> c.overwrite = yes);
    }

    /** Sets whether {@link #write} continues from the journal of an interrupted run, if there is one. */
    public Quantization resume(boolean yes) {
        return with(c -> c.resume = yes);
    }

    /** Sets the listener to progress and warnings. */
    public Quantization listener(ProgressListener told) {
        return with(c -> c.listener = told);
    }

    /** The file types for {@link #to}. */
    public static List<String> types() {
        return FileTypes.ALL.stream().map(FileType::name).toList();
    }

    /** The names for {@link #method}. */
    public static List<String> methods() {
        return Methods.ALL.stream().map(Method::name).toList();
    }

    /** The names for {@link #scheme}. */
    public static List<String> schemes() {
        return Schemes.ALL.stream().map(Scheme::name).toList();
    }

    /**
     * Plans without writing: exact sizes, memory and time. With a budget, the model is measured first, which may take long.
     *
     * @throws UnsupportedException if the settings contradict each other or do not fit the model
     */
    public QuantizationPlan plan() throws IOException {
        return PlannedJob.plan(model.path(), model.source(), choices.request(), choices.settings());
    }

    /**
     * Plans and writes. An interrupt of the calling thread cancels the job at the next layer; the journal remains, but no target.
     *
     * @param target a GGUF file, or a directory
     * @throws UnsupportedException if the settings contradict each other or do not fit the model, or another job is writing the target
     * @throws java.io.InterruptedIOException if the thread was interrupted; its flag stays set
     * @throws IOException if the target exists and may not be replaced, or cannot be written
     */
    public QuantizationReport write(Path target) throws IOException {
        return PlannedJob.write(model.path(), model.source(), choices.request(), choices.settings(), target);
    }

    /** The default target: in the current folder, named after the model and its new type or method. */
    public Path defaultTarget() throws IOException {
        return PlannedJob.defaultTarget(model.path(), model.source(), choices.request());
    }
}

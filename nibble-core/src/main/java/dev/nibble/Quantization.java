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
 * Makes a model smaller: says what shall become of it, step by step, then plans and writes.
 *
 * <pre>{@code
 * try (ModelFile model = ModelFile.open(Path.of("TinyLlama-1.1B"))) {
 *     QuantizationReport report = Quantization.of(model).to("Q4_K_M").method("gptq").calibration(Path.of("text.txt")).resume(true)
 *             .write(Path.of("tinyllama-Q4_K_M.gguf"));
 * }
 * }</pre>
 *
 * <p>
 * With {@link #to} a GGUF file is written; with a {@link #method} and no type, a quantized Hugging Face directory. Every step returns another
 * quantization and leaves this one as it is. The bytes depend on the model and on what is asked for, never on the number of threads. What does
 * not fit together is refused with an {@link UnsupportedException} by {@link #plan} and {@link #write}, before any work.
 *
 * <p>
 * A target is written under a temporary name and renamed when it is whole; meanwhile it is locked against other processes. Methods that learn
 * from a text keep finished layers in {@code TARGET.journal} until then, for {@link #resume}.
 */
public final class Quantization {
    private final ModelFile model;
    private final Choices choices;

    private Quantization(ModelFile model, Choices choices) {
        this.model = model;
        this.choices = choices;
    }

    /** Of a model, into {@code Q4_K_M} if nothing else is asked for. @param model to be closed when all is written */
    public static Quantization of(ModelFile model) {
        return new Quantization(model, new Choices());
    }

    private Quantization with(Consumer<Choices> change) {
        Choices changed = choices.copy();
        change.accept(changed);
        return new Quantization(model, changed);
    }

    /** Into a GGUF file of this type, such as {@code Q4_K_M}, {@code Q8_0} or {@code IQ3_XXS}: llama.cpp's names. */
    public Quantization to(String fileType) {
        return with(c -> c.type = Optional.of(fileType));
    }

    /** As a YAML file says: the method, the type, and rules for some layers. */
    public Quantization recipe(Path file) {
        return with(c -> c.recipe = Optional.of(file));
    }

    /** Into the best GGUF file of at most this size: what each tensor costs in each type is measured on the calibration text. */
    public Quantization fit(long bytes) {
        return with(c -> c.fit = Optional.of(new Budget(bytes, 0)));
    }

    /** Into the smallest GGUF file whose predictions stay this close to the original's, in nats per token: 0.01, for example. */
    public Quantization maxKl(double nats) {
        return with(c -> c.maxKl = Optional.of(new Budget(0, nats)));
    }

    /** An algorithm chooses the codes: {@code gptq}, {@code awq}, {@code autoround}, {@code hqq} …; {@link #methods} names all. */
    public Quantization method(String name) {
        return with(c -> c.method = Optional.of(name));
    }

    /** Bits, group, zero points and format of a directory by one name of compressed-tensors, such as {@code W4A16}. */
    public Quantization scheme(String name) {
        return with(c -> c.scheme = Optional.of(name));
    }

    /** Format of a directory, such as {@code gptq}, {@code awq} or {@code compressed-tensors}; the method's own if none is given. */
    public Quantization format(String name) {
        return with(c -> c.format = Optional.of(name));
    }

    /** Bits of a code, in a directory. */
    public Quantization bits(int count) {
        return with(c -> c.bits = OptionalInt.of(count));
    }

    /** Numbers under one scale, in a directory; −1 for a whole row. */
    public Quantization group(int size) {
        return with(c -> c.group = OptionalInt.of(size));
    }

    /** Whether zero lies in the middle of the codes and no zero points are stored, in a directory. */
    public Quantization symmetric(boolean yes) {
        return with(c -> c.symmetric = yes);
    }

    /** Whether GPTQ quantizes columns of large inputs first, and stores them in that order, in a directory. */
    public Quantization actOrder(boolean yes) {
        return with(c -> c.actOrder = yes);
    }

    /** Whether every layer is quantized for the inputs that the layers before it make once they are quantized. */
    public Quantization trueSequential(boolean yes) {
        return with(c -> c.trueSequential = yes);
    }

    /** Whether every matrix of a GGUF file gets the same type, no mix. */
    public Quantization pure(boolean yes) {
        return with(c -> c.pure = yes);
    }

    /** This type for tensors of a GGUF file whose name contains a match; the first rule that matches counts. */
    public Quantization tensor(Pattern name, String tensorType) {
        return with(c -> c.tensors = Stream.concat(c.tensors.stream(),
                Stream.of(new TypeRequest.TensorChoice(name, TargetTypes.named(tensorType)))).toList());
    }

    /** Tensors whose name contains a match stay as they are. */
    public Quantization keep(Pattern name) {
        return with(c -> c.keep = Stream.concat(c.keep.stream(), Stream.of(name)).toList());
    }

    /** Type of the output matrix of a GGUF file. */
    public Quantization outputType(String tensorType) {
        return with(c -> c.outputType = Optional.of(tensorType));
    }

    /** Type of the token embedding of a GGUF file. */
    public Quantization embeddingType(String tensorType) {
        return with(c -> c.embeddingType = Optional.of(tensorType));
    }

    /** Whether fused query-key-value matrices follow llama.cpp's rules from before March 2026. */
    public Quantization classicFused(boolean yes) {
        return with(c -> c.classicFused = yes);
    }

    /** Whether NaN and infinite numbers become 0; otherwise they are refused. */
    public Quantization zeroNonFinite(boolean yes) {
        return with(c -> c.zeroNonFinite = yes);
    }

    /** Errors are weighed by an importance matrix, as llama.cpp writes it. */
    public Quantization imatrix(Path file) {
        return with(c -> c.imatrix = Optional.of(file));
    }

    /** What a method, or a budget, learns from: a text, or a bundle of statistics; a built-in English text if none is given. */
    public Quantization calibration(Path textOrBundle) {
        return with(c -> c.calibration = new CalibrationInput(Optional.of(textOrBundle), c.calibration.samples(), c.calibration.length()));
    }

    /** How much of the text is used. @param windows at most @param tokens in each; 0 for 512, or what the model was trained for */
    public Quantization calibrationWindows(int windows, int tokens) {
        return with(c -> c.calibration = new CalibrationInput(c.calibration.file(), windows, tokens));
    }

    /** Computes with this backend, such as {@code vector}; the fastest that runs here if none is given. */
    public Quantization backend(String name) {
        return with(c -> c.backend = Optional.of(name));
    }

    /** Whether kernels that round activations to 8 bits are left out of calibration. */
    public Quantization exactActivations(boolean yes) {
        return with(c -> c.exactActivations = yes);
    }

    /** Threads that share the work; all cores if nothing is said. */
    public Quantization threads(int count) {
        return with(c -> c.threads = count);
    }

    /** Whether a target that is there may be replaced. */
    public Quantization overwrite(boolean yes) {
        return with(c -> c.overwrite = yes);
    }

    /** Whether {@link #write} goes on from the journal that a run which did not end left; it starts anew if there is none. */
    public Quantization resume(boolean yes) {
        return with(c -> c.resume = yes);
    }

    /** Who is told of progress and warnings. */
    public Quantization listener(ProgressListener told) {
        return with(c -> c.listener = told);
    }

    /** What {@link #to} takes. */
    public static List<String> types() {
        return FileTypes.ALL.stream().map(FileType::name).toList();
    }

    /** What {@link #method} takes. */
    public static List<String> methods() {
        return Methods.ALL.stream().map(Method::name).toList();
    }

    /** What {@link #scheme} takes. */
    public static List<String> schemes() {
        return Schemes.ALL.stream().map(Scheme::name).toList();
    }

    /**
     * Plans, and writes nothing: what will be written to the byte, and what that takes. A budget is measured for, which takes its time.
     *
     * @throws UnsupportedException if something is asked for that does not fit together, or does not fit the model
     */
    public QuantizationPlan plan() throws IOException {
        return PlannedJob.plan(model.path(), model.source(), choices.request(), choices.settings());
    }

    /**
     * Plans and writes. A thread that is interrupted meanwhile cancels the job at the next layer: the target is not there, the journal is.
     *
     * @param target a GGUF file, or a directory
     * @throws UnsupportedException           if something is asked for that does not fit together, or does not fit the model, or if another
     *                                        job is writing the target
     * @throws java.io.InterruptedIOException if the thread was interrupted; its flag stays set
     * @throws IOException                    if the target is there and may not be replaced, or cannot be written
     */
    public QuantizationReport write(Path target) throws IOException {
        return PlannedJob.write(model.path(), model.source(), choices.request(), choices.settings(), target);
    }

    /** The target that the program would choose: in the current folder, named after the model and its new type or method. */
    public Path defaultTarget() throws IOException {
        return PlannedJob.defaultTarget(model.path(), model.source(), choices.request());
    }
}

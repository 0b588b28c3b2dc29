package dev.nibble;

import dev.nibble.core.job.NonFinitePolicy;
import dev.nibble.core.pipeline.BackendChoice;
import dev.nibble.core.pipeline.Budget;
import dev.nibble.core.pipeline.CalibrationInput;
import dev.nibble.core.pipeline.JobSettings;
import dev.nibble.core.pipeline.QuantizationRequest;
import dev.nibble.core.plan.FileType;
import dev.nibble.core.plan.FileTypes;
import dev.nibble.core.plan.TargetTypes;
import dev.nibble.core.plan.TypeRequest;
import dev.nibble.core.recipe.Methods;
import dev.nibble.core.recipe.Recipe;
import dev.nibble.core.recipe.RecipeFile;
import dev.nibble.core.recipe.Schemes;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The settings of a {@link Quantization}, with a check of their consistency. */
final class QuantizationSettings implements Cloneable {
    private static final String DEFAULT_TYPE = "Q4_K_M";
    private static final String GGUF = "gguf";
    private static final int MAX_THREADS = 1024;

    Optional<String> type = Optional.empty();
    Optional<Path> recipe = Optional.empty();
    Optional<Budget> fit = Optional.empty();
    Optional<Budget> maxKl = Optional.empty();
    Optional<String> method = Optional.empty();
    Optional<String> scheme = Optional.empty();
    Optional<String> format = Optional.empty();
    OptionalInt bits = OptionalInt.empty();
    OptionalInt group = OptionalInt.empty();
    boolean symmetric;
    boolean actOrder;
    boolean trueSequential;
    boolean pure;
    boolean classicFused;
    boolean zeroNonFinite;
    List<TypeRequest.TensorChoice> tensors = List.of();
    List<Pattern> keep = List.of();
    Optional<String> outputType = Optional.empty();
    Optional<String> embeddingType = Optional.empty();
    Optional<Path> imatrix = Optional.empty();
    CalibrationInput calibration = CalibrationInput.DEFAULTS;
    Optional<String> backend = Optional.empty();
    boolean exactActivations;
    int threads = Runtime.getRuntime().availableProcessors();
    boolean overwrite;
    boolean resume;
    ProgressListener listener = ProgressListener.SILENT;

    QuantizationSettings copy() {
        try {
            return (QuantizationSettings) clone();
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException(e);
        }
    }

    JobSettings settings() {
        return new JobSettings(new BackendChoice(backend, exactActivations, threads, listener), overwrite, resume, listener);
    }

    QuantizationRequest request() throws IOException {
        check();
        Optional<Recipe> asked = recipe.isPresent() ? Optional.of(RecipeFile.read(recipe.get())) : method.map(this::recipeOf);
        boolean directory = asked.isPresent() && asked.get().to().isEmpty();
        if (directory && (pure || !tensors.isEmpty() || outputType.isPresent() || embeddingType.isPresent() || classicFused
                || zeroNonFinite)) {
            throw new UnsupportedException("pure, tensor, outputType, embeddingType, classicFused and zeroNonFinite are for GGUF files:"
                    + " name a type of GGUF to write as well, or leave them out");
        }
        if (asked.isPresent() && imatrix.isPresent()) {
            throw new UnsupportedException("an importance matrix and a method both decide how weights are rounded: give one");
        }
        FileType fileType = asked.flatMap(Recipe::to).orElseGet(() -> FileTypes.named(type.orElse(DEFAULT_TYPE)));
        TypeRequest types = new TypeRequest(fileType, pure, tensors, keep, outputType.map(TargetTypes::named),
                embeddingType.map(TargetTypes::named), classicFused);
        List<Path> inputs = Stream.of(imatrix, calibration.file(), recipe).flatMap(Optional::stream).toList();
        return new QuantizationRequest(types, asked, calibration, budget(), imatrix,
                zeroNonFinite ? NonFinitePolicy.ZERO : NonFinitePolicy.REFUSE,
                inputs, words());
    }

    private Recipe recipeOf(String name) {
        return new Recipe(isGguf() ? Optional.of(FileTypes.named(type.orElse(DEFAULT_TYPE))) : Optional.empty(), Methods.named(name), bits,
                group,
                symmetric, actOrder, format, scheme.map(Schemes::named), trueSequential, List.of());
    }

    private Optional<Budget> budget() {
        return fit.or(() -> maxKl);
    }

    private boolean isGguf() {
        return type.isPresent() || budget().isPresent() || format.equals(Optional.of(GGUF));
    }

    private void check() {
        List<String> grid = given();
        if (threads < 1 || threads > MAX_THREADS) {
            throw new UnsupportedException("threads is " + threads + ", expected 1 to " + MAX_THREADS);
        }
        if (fit.isPresent() && maxKl.isPresent()) {
            throw new UnsupportedException("both a size and a divergence are given as the budget: give one");
        }
        if (recipe.isPresent() && (method.isPresent() || type.isPresent() || scheme.isPresent() || !grid.isEmpty())) {
            throw new UnsupportedException("a recipe sets the method, the type, bits, group and format: leave those out");
        }
        if (budget().isPresent() && (type.isPresent() || recipe.isPresent() || pure || !tensors.isEmpty() || !keep.isEmpty()
                || outputType.isPresent() || embeddingType.isPresent())) {
            throw new UnsupportedException("a budget chooses the types: leave out the type, recipe, pure, tensor, keep, outputType and"
                    + " embeddingType");
        }
        if (recipe.isEmpty() && method.isEmpty() && (scheme.isPresent() || !grid.isEmpty() && !grid.equals(List.of("format " + GGUF)))) {
            throw new UnsupportedException(String.join(", ", grid) + scheme.map(name -> "scheme " + name).orElse("")
                    + ": needs a method, such as gptq; for a GGUF file, the type decides");
        }
        if (type.isPresent() && scheme.isPresent()) {
            throw new UnsupportedException("scheme " + scheme.get() + " is for quantized directories, and " + type.get()
                    + " is a type of GGUF: give one of them");
        }
        if (isGguf() && !grid.stream().allMatch(one -> one.equals("format " + GGUF)
                || one.equals("true-sequential"))) {
            throw new UnsupportedException(
                    String.join(", ", grid) + ": for quantized directories; in GGUF the type decides, and columns"
                            + " cannot be stored in another order");
        }
    }

    /** The method's settings that were given. */
    private List<String> given() {
        List<String> given = new ArrayList<>();
        bits.ifPresent(count -> given.add("bits " + count));
        group.ifPresent(size -> given.add("group " + size));
        Stream.of(symmetric ? "symmetric" : "", actOrder ? "act-order" : "", trueSequential ? "true-sequential" : "",
                format.map(name -> "format " + name).orElse("")).filter(one -> !one.isEmpty()).forEach(given::add);
        return given;
    }

    /** The settings as command-line options, to repeat the job. */
    private String words() {
        StringBuilder words = new StringBuilder();
        recipe.ifPresent(file -> words.append(" --recipe ").append(file.getFileName()));
        method.ifPresent(name -> words.append(" --method ").append(name));
        bits.ifPresent(count -> words.append(" --bits ").append(count));
        group.ifPresent(size -> words.append(" --group ").append(size));
        words.append(symmetric ? " --sym" : "").append(actOrder ? " --act-order" : "").append(trueSequential ? " --true-sequential" : "");
        format.ifPresent(name -> words.append(" --format ").append(name));
        scheme.ifPresent(name -> words.append(" --scheme ").append(name));
        return words.toString();
    }
}

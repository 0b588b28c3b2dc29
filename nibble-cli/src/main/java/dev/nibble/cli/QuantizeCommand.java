package dev.nibble.cli;

import dev.nibble.core.checkpoint.Imatrix;
import dev.nibble.core.checkpoint.OutputLock;
import dev.nibble.core.conversion.ModelSource;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.recipe.LayerQuantizer;
import dev.nibble.core.recipe.Manifest;
import dev.nibble.core.recipe.MethodRequest;
import dev.nibble.core.recipe.Mix;
import dev.nibble.core.recipe.Mixes;
import dev.nibble.core.recipe.PlannedTensor;
import dev.nibble.core.recipe.QuantizationJob;
import dev.nibble.core.recipe.QuantizationReport;
import dev.nibble.core.recipe.QuantizedDirectoryJob;
import dev.nibble.core.recipe.Recipe;
import dev.nibble.core.recipe.ScaleSearch;
import dev.nibble.core.recipe.Scheme;
import dev.nibble.core.recipe.TargetTypes;
import dev.nibble.core.recipe.TypeRequest;
import dev.nibble.core.tensor.Codec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code nibble quantize}: a model in, a smaller GGUF file out, and a table of what it lost. */
@Command(name = "quantize", mixinStandardHelpOptions = true, sortOptions = false, description = "Makes a model smaller: Hugging Face directory or GGUF in, quantized GGUF out; with --method, a quantized directory.")
final class QuantizeCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "MODEL", description = "A Hugging Face directory or a GGUF file.")
    private Path model;

    @Option(names = "--to", paramLabel = "TYPE", description = "Type of the GGUF file. Default: Q4_K_M; `nibble types` lists them.")
    private String to;

    @Option(names = {"-o",
        "--output"}, paramLabel = "OUT", description = "The file or directory to write. Default: beside you, named after model and type or method.")
    private Path output;

    @Mixin
    private MethodOptions methods;

    @Mixin
    private CalibrationChoice calibration;

    @Mixin
    private FitOptions fit;

    @Mixin
    private BackendOption backend;

    @Option(names = "--imatrix", paramLabel = "FILE", description = "Importance matrix, as llama.cpp writes it (GGUF or .dat).")
    private Path imatrix;

    @Option(names = "--pure", description = "The same type for every matrix, no mix.")
    private boolean pure;

    @Option(names = "--tensor", paramLabel = "REGEX=TYPE", description = "This type for tensors whose name matches; the first match counts.")
    private List<String> tensors = List.of();

    @Option(names = "--keep", paramLabel = "REGEX", description = "Leave tensors whose name matches as they are.")
    private List<String> keep = List.of();

    @Option(names = "--output-type", paramLabel = "TYPE", description = "Type of the output matrix.")
    private String outputType;

    @Option(names = "--embedding-type", paramLabel = "TYPE", description = "Type of the token embedding.")
    private String embeddingType;

    @Option(names = "--classic-fused", description = "Fused query-key-value matrices by llama.cpp's rules from before March 2026.")
    private boolean classicFused;

    @Option(names = "--allow-nonfinite", paramLabel = "zero", description = "Write 0 for NaN and infinite numbers instead of refusing them.")
    private NonFiniteChoice allowNonFinite;

    @Option(names = "--resume", description = "With --method: go on from the layers that a run which did not end left in OUT.journal.")
    private boolean resume;

    @Option(names = {"-t", "--threads"}, paramLabel = "N", description = "Default: all cores.")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(names = "--force", description = "Replace OUT if it exists.")
    private boolean force;

    @Option(names = "--dry-run", description = "Only say what would be done, with sizes to the byte.")
    private boolean dryRun;

    @Option(names = "--json", description = "For scripts.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        checkOptions();
        Optional<Recipe> recipe = methods.recipe(to == null && fit.isAsked() ? MethodOptions.USUAL : to);
        if (recipe.isPresent()) {
            return withMethod(recipe.get());
        }
        TypeRequest request = request();
        Optional<Imatrix> importance = imatrix == null ? Optional.empty() : Optional.of(Imatrix.read(imatrix));
        try (ModelSource source = ModelSource.open(model)) {
            write(source, request, Optional.empty(), typed -> new QuantizationJob(source, typed, importance,
                    NonFiniteChoice.of(allowNonFinite)), importance);
            return 0;
        }
    }

    private TypeRequest request() {
        return request(Mixes.named(to == null ? MethodOptions.USUAL : to));
    }

    private TypeRequest request(Mix mix) {
        return new TypeRequest(mix, pure, tensors.stream().map(this::override).toList(), keepPatterns(),
                Optional.ofNullable(outputType).map(TargetTypes::named), Optional.ofNullable(embeddingType).map(TargetTypes::named),
                classicFused);
    }

    private List<Pattern> keepPatterns() {
        return keep.stream().map(regex -> pattern("--keep", regex)).toList();
    }

    /**
     * Chooses types if that is asked for, and writes a GGUF file.
     *
     * @param recipe  whose algorithm chooses codes, if any does
     * @param planned a job of these types
     */
    private void write(ModelSource source, TypeRequest request, Optional<Recipe> recipe, Function<TypeRequest, QuantizationJob> planned,
            Optional<Imatrix> importance) throws IOException {
        Path target = output == null ? OutputName.beside(model, fit.isAsked() ? "fit" : request.mix().name()) : output;
        OutputName.check(target, source.files(), force || dryRun);
        if (!fit.isAsked()) {
            write(source, request, recipe, planned.apply(request), importance, target,
                    report -> new ReportPrinter(report, request.mix().name()));
            return;
        }
        try (Fit fitting = Fit.start(fit, model, source, calibration, backend.load(threads))) {
            TypeRequest chosen = fitting.choose(request, typed -> planned.apply(typed).bytes(manifest(source, typed)));
            write(source, chosen, recipe, planned.apply(chosen), importance, target,
                    report -> new ReportPrinter(report, chosen.mix().name()).with(fitting));
        }
    }

    private Manifest manifest(ModelSource source, TypeRequest request) {
        return new Manifest(Version.number(), Manifest.options(request) + methods.text(), inputs(source));
    }

    private void write(ModelSource source, TypeRequest request, Optional<Recipe> recipe, QuantizationJob plan, Optional<Imatrix> importance,
            Path target, Function<QuantizationReport, ReportPrinter> printer) throws IOException {
        warnings(source, importance, plan).forEach(StandardError::warning);
        Manifest manifest = manifest(source, request);
        long bytes = plan.bytes(manifest);
        long beside = recipe.map(asked -> JobFiles.bytes(asked, source, bytes, calibration)).orElse(0L);
        if (dryRun) {
            new DryRun(plan, source, target, manifest, beside, MemoryEstimate.of(recipe, source, calibration, plan.workingBytes(threads)),
                    time(source, plan.plan(), recipe)).print(json);
            return;
        }
        DiskSpace.of(target, bytes + beside).check();
        try (OutputLock _ = OutputLock.of(target)) {
            QuantizationReport report = recipe.isPresent()
                    ? guided(source, recipe.get(), request, plan, target, manifest)
                    : run(plan, target, manifest);
            printer.apply(report).print(json);
        }
    }

    /** All that the weights of a job depend on. */
    private String job(ModelSource source, String request) throws IOException {
        StringBuilder all = new StringBuilder(Version.number() + " " + request + methods.text() + calibration.text() + backend.text());
        for (Path file : inputs(source)) {
            all.append('\n').append(file.toAbsolutePath().normalize()).append(' ').append(Files.size(file)).append(' ')
                    .append(Files.getLastModifiedTime(file));
        }
        return all.toString();
    }

    private QuantizationReport run(QuantizationJob job, Path target, Manifest manifest) throws IOException {
        try (ProgressDisplay progress = new ProgressDisplay()) {
            return job.run(target, force, threads, manifest, progress);
        }
    }

    /** An algorithm chooses the codes. */
    private QuantizationReport guided(ModelSource source, Recipe recipe, TypeRequest request, QuantizationJob plan, Path target,
            Manifest manifest) throws IOException {
        try (MethodRun run = MethodRun.start(recipe, model, calibration, backend.load(threads), target,
                job(source, Manifest.options(request)), resume)) {
            ScaleSearch.Result scaled = run.scaled(source, plan::codec);
            LayerQuantizer layers = run.layers(recipe.algorithms(source, recipe.method().quantizer()), scaled);
            QuantizationJob job = new QuantizationJob(scaled.source(), request, Optional.empty(), NonFiniteChoice.of(allowNonFinite),
                    Optional.of(layers));
            QuantizationReport report = run(job, target, manifest);
            run.finished();
            MethodRun.warn(layers);
            return report;
        }
    }

    private Integer withMethod(Recipe recipe) throws IOException {
        if (imatrix != null) {
            throw new CommandLine.ParameterException(spec.commandLine(), "--imatrix and --method both say how codes are chosen: give one");
        }
        if (recipe.sequential()) {
            calibration.checkText();
        }
        try (ModelSource source = ModelSource.open(model)) {
            if (recipe.to().isPresent()) {
                toGguf(recipe, source);
            } else {
                toDirectory(recipe, source);
            }
            return 0;
        }
    }

    /** An algorithm chooses codes in the types of a mix. */
    private void toGguf(Recipe recipe, ModelSource source) throws IOException {
        TypeRequest request = recipe.types(source, request(recipe.to().orElseThrow()));
        try (Workers workers = Workers.of(threads)) {
            LayerQuantizer untold = new LayerQuantizer(recipe.algorithms(source, recipe.method().quantizer()), layer -> Optional.empty(),
                    Map.of(), workers);
            write(source, request, Optional.of(recipe), typed -> new QuantizationJob(source, typed, Optional.empty(),
                    NonFiniteChoice.of(allowNonFinite), Optional.of(untold)), Optional.empty());
        }
    }

    /** A Hugging Face directory of quantized weights. */
    private void toDirectory(Recipe recipe, ModelSource source) throws IOException {
        checkForDirectory();
        MethodRequest request = recipe.directory(source).keeping(keepPatterns());
        QuantizedDirectoryJob plan = new QuantizedDirectoryJob(source, model, request);
        Path target = output == null
                ? Path.of(OutputName.stem(model) + "-" + recipe.method().name() + "-" + request.bits() + "bit")
                : output;
        boolean replace = force || Files.exists(JobFiles.beside(target).journal()); // what a run that did not end left there
        OutputName.checkDirectory(target, replace || dryRun);
        source.warnings().forEach(StandardError::warning);
        recipe.scheme().map(Scheme::note).filter(note -> !note.isEmpty()).ifPresent(note -> StandardError.message("scheme "
                + recipe.scheme().get().name() + ": " + note));
        long beside = JobFiles.bytes(recipe, source, plan.bytes(), calibration);
        if (dryRun) {
            new DirectoryDryRun(plan, target, beside,
                    MemoryEstimate.of(Optional.of(recipe), source, calibration, plan.workingBytes()),
                    time(source, plan.plan(), Optional.of(recipe))).print(json);
            return;
        }
        DiskSpace.of(target, plan.bytes() + beside).check();
        try (OutputLock _ = OutputLock.of(target);
                MethodRun run = MethodRun.start(recipe, model, calibration, backend.load(threads), target,
                        job(source, "--keep " + keep), resume)) {
            ScaleSearch.Result scaled = run.scaled(source, plan::codec);
            LayerQuantizer layers = run.layers(recipe.algorithms(source, request.quantizer()).each(request.format()::around), scaled);
            QuantizedDirectoryJob job = new QuantizedDirectoryJob(scaled.source(), model, request);
            QuantizationReport report;
            try (ProgressDisplay progress = new ProgressDisplay()) {
                report = job.run(target, replace, layers, progress);
            }
            run.finished();
            MethodRun.warn(layers);
            new ReportPrinter(report, request.format().layout().name()).print(json);
        }
    }

    private TimeEstimate time(ModelSource source, List<PlannedTensor> plan, Optional<Recipe> recipe) throws IOException {
        boolean calibrates = recipe.isPresent() && !recipe.get().needs().isEmpty();
        return WorkSamples.estimate(source, plan, recipe, calibrates ? calibration.tokens(model, source) : 0, backend.load(threads));
    }

    private void checkForDirectory() {
        if (pure || !tensors.isEmpty() || outputType != null || embeddingType != null || classicFused || allowNonFinite != null) {
            throw new CommandLine.ParameterException(spec.commandLine(),
                    "--pure, --tensor, --output-type, --embedding-type, --classic-fused and"
                            + " --allow-nonfinite are for GGUF files: give --to TYPE as well, or leave them out");
        }
    }

    private void checkOptions() {
        calibration.check();
        fit.check();
        if (fit.isAsked() && (to != null || pure || !tensors.isEmpty() || !keep.isEmpty() || outputType != null || embeddingType != null
                || methods.recipeFile().isPresent())) {
            throw new CommandLine.ParameterException(spec.commandLine(),
                    "--fit and --max-kl choose the types: leave out --to, --pure, --tensor, --keep, --output-type, --embedding-type, --recipe");
        }
        if (threads < 1) {
            throw new CommandLine.ParameterException(spec.commandLine(), "--threads " + threads + ": at least 1");
        }
    }

    private List<Path> inputs(ModelSource source) {
        List<Path> inputs = new ArrayList<>(source.files());
        if (imatrix != null) {
            inputs.add(imatrix);
        }
        calibration.file().ifPresent(inputs::add);
        methods.recipeFile().ifPresent(inputs::add);
        return inputs;
    }

    private TypeRequest.TensorChoice override(String rule) {
        int equals = rule.lastIndexOf('=');
        if (equals < 1) {
            throw new CommandLine.ParameterException(spec.commandLine(), "--tensor " + rule + ": expected REGEX=TYPE, as in ffn_down=Q6_K");
        }
        Codec codec = TargetTypes.named(rule.substring(equals + 1));
        return new TypeRequest.TensorChoice(pattern("--tensor", rule.substring(0, equals)), codec);
    }

    private Pattern pattern(String option, String regex) {
        try {
            return Pattern.compile(regex);
        } catch (PatternSyntaxException e) {
            throw new CommandLine.ParameterException(spec.commandLine(), option + " " + regex + ": " + e.getDescription(), e);
        }
    }

    private static List<String> warnings(ModelSource source, Optional<Imatrix> importance, QuantizationJob job) {
        List<String> warnings = new ArrayList<>(source.warnings());
        importance.ifPresent(file -> warnings.addAll(file.warnings()));
        List<String> missing = job.withoutImportance();
        if (!missing.isEmpty()) {
            warnings.add(missing.size() + " tensors are not in the importance matrix and are quantized without: "
                    + String.join(", ", missing.subList(0, Math.min(5, missing.size()))) + (missing.size() > 5 ? ", …" : ""));
        }
        long quantized = job.plan().stream().filter(tensor -> !tensor.isCopy() && isQuantized(tensor)).count();
        if (quantized > 0) {
            warnings.add(quantized + " tensors of the source are quantized already; quantizing them again loses more than starting from"
                    + " the original");
        }
        return warnings;
    }

    private static boolean isQuantized(PlannedTensor tensor) {
        return tensor.source().codec().blockSize() > 1;
    }
}

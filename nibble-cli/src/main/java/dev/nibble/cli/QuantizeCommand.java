package dev.nibble.cli;

import dev.nibble.ModelFile;
import dev.nibble.Quantization;
import dev.nibble.QuantizationPlan;
import dev.nibble.QuantizationReport;
import dev.nibble.core.pipeline.OutputName;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
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

    @Mixin
    private TypeOptions types;

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
        check();
        try (ModelFile file = ModelFile.open(model); ProgressDisplay display = new ProgressDisplay()) {
            Quantization quantization = quantization(file).listener(display);
            Path target = output == null ? quantization.defaultTarget() : output;
            if (dryRun) {
                QuantizationPlan plan = quantization.plan();
                OutputName.check(plan.isDirectory(), target, file.files(), true);
                plan.warnings().forEach(display::warning);
                display.clear();
                new DryRun(plan, file, target).print(json);
            } else {
                QuantizationReport report = quantization.write(target);
                display.clear();
                new ReportPrinter(report).print(json);
            }
            return 0;
        }
    }

    private Quantization quantization(ModelFile file) {
        Quantization asked = backend.applyTo(Quantization.of(file).threads(threads).overwrite(force).resume(resume));
        asked = calibration.applyTo(fit.applyTo(types.applyTo(methods.applyTo(asked, to))));
        asked = to == null ? asked : asked.to(to);
        return imatrix == null ? asked : asked.imatrix(imatrix);
    }

    /** What is wrong in the words of options; the rest says the library. */
    private void check() {
        if (fit.isAsked() && (to != null || types.chooseTypes() || types.keepSome() || methods.hasRecipe())) {
            throw wrong(
                    "--fit and --max-kl choose the types: leave out --to, --pure, --tensor, --keep, --output-type, --embedding-type, --recipe");
        }
        if (methods.isGiven() && imatrix != null) {
            throw wrong("--imatrix and --method both say how codes are chosen: give one");
        }
        if (methods.isDirectory(to != null || fit.isAsked())) {
            types.checkForDirectory();
        }
        if (threads < 1) {
            throw wrong("--threads " + threads + ": at least 1");
        }
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}

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

/** {@code nibble quantize}: quantizes a model and prints a table of the error. */
@Command(name = "quantize", mixinStandardHelpOptions = true, sortOptions = false, description = "Quantizes a model: Hugging Face directory or GGUF to quantized GGUF; with --method, to a quantized directory.")
final class QuantizeCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "MODEL", description = "A Hugging Face directory or a GGUF file.")
    private Path model;

    @Option(names = "--to", paramLabel = "TYPE", description = "Type of the GGUF file. Default: Q4_K_M; `nibble types` lists them.")
    private String to;

    @Option(names = {"-o",
        "--output"}, paramLabel = "OUT", description = "The file or directory to write. Default: in the current directory, named after model and type or method.")
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

    @Option(names = "--resume", description = "With --method: continue an interrupted run from OUT.journal.")
    private boolean resume;

    @Option(names = {"-t", "--threads"}, paramLabel = "N", description = "Thread count. Default: all cores.")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(names = "--force", description = "Overwrite OUT.")
    private boolean force;

    @Option(names = "--dry-run", description = "Print the plan and exact sizes, write nothing.")
    private boolean dryRun;

    @Option(names = "--json", description = "Print JSON.")
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

    /** Checks combinations of options; the library checks the rest. */
    private void check() {
        if (fit.isAsked() && (to != null || types.chooseTypes() || types.keepSome() || methods.hasRecipe())) {
            throw wrong(
                    "--fit and --max-kl choose the types: omit --to, --pure, --tensor, --keep, --output-type, --embedding-type, --recipe");
        }
        if (methods.isGiven() && imatrix != null) {
            throw wrong("--imatrix and --method exclude each other");
        }
        if (methods.isDirectory(to != null || fit.isAsked())) {
            types.checkForDirectory();
        }
        if (threads < 1) {
            throw wrong("--threads is " + threads + ", expected 1 or more");
        }
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}

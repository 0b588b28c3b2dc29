package dev.nibble.cli;

import dev.nibble.core.calibration.Calibration;
import dev.nibble.core.calibration.CalibrationOptions;
import dev.nibble.core.calibration.CalibrationText;
import dev.nibble.core.calibration.Calibrator;
import dev.nibble.core.pipeline.CalibrationInput;
import dev.nibble.core.quantization.Hessian;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code nibble calibrate}: statistics of the layers' inputs on a text. */
@Command(name = "calibrate", mixinStandardHelpOptions = true, sortOptions = false, description = {
    "Runs a model over a text and writes statistics of its layers' inputs: for GPTQ, AWQ and similar methods, and as llama.cpp's importance matrix."})
final class CalibrateCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "MODEL", description = "A GGUF file, or a Hugging Face directory; best unquantized.")
    private Path path;

    @Option(names = {"-f",
        "--file"}, paramLabel = "TEXT", description = "A file of plain text, a .json array or .jsonl lines of strings or of objects with \"text\" or \"story\". Default: a bundled English text of 30 KB.")
    private Path file;

    @Option(names = {"-o", "--output"}, paramLabel = "BUNDLE", required = true, description = "File for the statistics.")
    private Path output;

    @Option(names = "--imatrix", paramLabel = "OUT", description = "Also write llama.cpp's importance matrix: GGUF, or the old format if the name ends in .dat.")
    private Path imatrix;

    @Option(names = "--samples", paramLabel = "N", description = "Maximum number of text windows. Default: 128.")
    private int samples = CalibrationOptions.DEFAULTS.samples();

    @Option(names = "--seqlen", paramLabel = "N", description = "Tokens per window. Default: 512, or the model's context if that is less.")
    private int length;

    @Option(names = "--no-hessian", description = "Omit the Hessians, the large part; enough for importance matrices and SmoothQuant.")
    private boolean withoutHessian;

    @Option(names = {"-t", "--threads"}, paramLabel = "N", description = "Thread count. Default: all cores.")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Mixin
    private BackendOption backend;

    @Option(names = "--force", description = "Overwrite existing files.")
    private boolean force;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        check();
        long start = System.nanoTime();
        try (Calibrator calibrator = new Calibrator(path, backend.load(threads)); ProgressDisplay line = new ProgressDisplay()) {
            CalibrationText text = new CalibrationInput(Optional.ofNullable(file), samples, length).windows(calibrator.model(), line);
            warn(text, line);
            try (Calibration calibration = calibrator.calibrate(text, options(), output, force, line)) {
                if (imatrix != null) {
                    calibration.writeImatrix(imatrix, force);
                }
                report(calibration, text, (System.nanoTime() - start) / 1e9);
            }
        }
        return 0;
    }

    private void check() {
        if (samples < 1 || length < 0) {
            throw new ParameterException(spec.commandLine(),
                    samples < 1 ? "--samples is " + samples + ", expected 1 or more" : "--seqlen is " + length + ", expected 1 or more");
        }
        for (Path target : imatrix == null ? new Path[]{output} : new Path[]{output, imatrix}) {
            if (!force && Files.exists(target)) {
                throw new ParameterException(spec.commandLine(), target + " exists; give another name, or --force to replace it");
            }
        }
    }

    private CalibrationOptions options() {
        CalibrationOptions all = CalibrationOptions.DEFAULTS;
        return withoutHessian ? all.with(all.kinds().stream().filter(kind -> kind != Hessian.class).collect(Collectors.toSet())) : all;
    }

    private void warn(CalibrationText text, ProgressDisplay display) {
        if (text.windows().size() < samples) {
            display.warning("the text has " + text.windows().size() + " windows of " + text.length() + " tokens, " + samples
                    + " were requested: a longer text gives better results");
        }
    }

    private void report(Calibration calibration, CalibrationText text, double seconds) throws IOException {
        if (json) {
            Map<String, Object> facts = new LinkedHashMap<>();
            facts.put("bundle", output.toString());
            facts.put("bytes", Files.size(output));
            facts.put("windows", text.windows().size());
            facts.put("window_length", text.length());
            facts.put("tokens", text.tokens());
            facts.put("layers", calibration.layers().size());
            facts.put("inputs", calibration.inputs().size());
            if (imatrix != null) {
                facts.put("imatrix", imatrix.toString());
            }
            facts.put("seconds", seconds);
            JsonPrinter.print(facts, System.out);
            return;
        }
        System.out.printf(Locale.ROOT, "%s: %d distinct inputs of %d layers, over %d windows of %d tokens, %s, in %s%n", output,
                calibration.inputs().size(), calibration.layers().size(), text.windows().size(), text.length(),
                Units.bytes(Files.size(output)), Units.seconds(seconds));
        if (imatrix != null) {
            System.out.println(imatrix + ": importance matrix");
        }
    }
}

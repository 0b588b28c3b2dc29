package dev.nibble.cli;

import dev.nibble.Comparison;
import dev.nibble.core.pipeline.ModelComparison;
import dev.nibble.core.pipeline.OutputName;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code nibble compare}: quality loss of quantized models against their original. */
@Command(name = "compare", mixinStandardHelpOptions = true, sortOptions = false, description = {
    "Measures the quality loss of quantized models: how far their predictions are from the original's, token by token.",
    "With --base-file, every MODEL is compared with the original's stored predictions."})
final class CompareCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "MODEL", arity = "1..*", description = "The original, then the quantized ones: GGUF files, or Hugging Face directories.")
    private List<Path> paths;

    @Mixin
    private TextOptions text;

    @Mixin
    private ModelOptions options;

    @Option(names = "--save-base", paramLabel = "FILE", description = "Store the original's predictions, for --base-file.")
    private Optional<Path> saveBase = Optional.empty();

    @Option(names = "--base-file", paramLabel = "FILE", description = "Predictions of --save-base, instead of the original and the text.")
    private Optional<Path> baseFile = Optional.empty();

    @Option(names = "--report", paramLabel = "FILE.html", description = "Write tables and plots to an HTML page.")
    private Optional<Path> report = Optional.empty();

    @Option(names = "--per-token", paramLabel = "FILE", description = "Write the divergence of every token, as .csv or .jsonl.")
    private Optional<Path> perToken = Optional.empty();

    @Option(names = "--force", description = "Overwrite existing files.")
    private boolean force;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        checkOptions();
        Comparison comparison = compare();
        if (report.isPresent()) {
            ComparisonReport.write(comparison, report.get(), force);
        }
        if (json) {
            JsonPrinter.print(ComparisonJson.of(comparison), System.out);
        } else {
            ComparisonTable.print(comparison, System.out);
            report.ifPresent(file -> System.out.println("\nReport: " + file));
        }
        return 0;
    }

    private void checkOptions() throws IOException {
        if (baseFile.isPresent() && (saveBase.isPresent() || text.hasFile() || options.context() != 0)) {
            throw wrong("--base-file contains its text and windows: omit -f, --ctx and --save-base");
        }
        if (baseFile.isEmpty() && paths.size() < 2 && saveBase.isEmpty()) {
            throw wrong("expected the original, then at least one quantized model");
        }
        for (Optional<Path> output : List.of(saveBase, report, perToken)) {
            if (output.isPresent()) {
                OutputName.check(false, output.get(), paths, force);
            }
        }
        if (perToken.isPresent()) {
            TokenFile.checkName(perToken.get());
        }
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    private Comparison compare() throws IOException {
        try (TokenFile tokens = TokenFile.of(perToken, force); ProgressDisplay display = new ProgressDisplay()) {
            ModelComparison comparing = new ModelComparison(options.load(), options.session().kvCodec(), display, tokens::add);
            Comparison comparison = baseFile.isPresent()
                    ? comparing.withFile(baseFile.get(), paths)
                    : comparing.withModel(paths.getFirst(), text.file(), text.windows(options), saveBase, force,
                            paths.subList(1, paths.size()));
            tokens.commit();
            return comparison;
        }
    }
}

package dev.nibble.cli;

import dev.nibble.core.UnsupportedException;
import dev.nibble.core.evaluation.BaseFile;
import dev.nibble.core.evaluation.BaseRecording;
import dev.nibble.core.evaluation.Compared;
import dev.nibble.core.evaluation.Comparison;
import dev.nibble.core.evaluation.Divergence;
import dev.nibble.core.evaluation.EvaluatedModel;
import dev.nibble.core.evaluation.KlDivergence;
import dev.nibble.core.evaluation.LayerOutputs;
import dev.nibble.core.evaluation.Windows;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
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

/** {@code nibble compare}: what quantized models lost against the one they were made of. */
@Command(name = "compare", mixinStandardHelpOptions = true, sortOptions = false, description = {
    "Shows what quantized models lost: how far their predictions are from the original's, token by token.",
    "With --base-file, all MODELs are compared with what that file remembers of the original."})
final class CompareCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "MODEL", arity = "1..*", description = "The original, then the quantized ones: GGUF files, or Hugging Face directories.")
    private List<Path> paths;

    @Mixin
    private TextOptions text;

    @Mixin
    private ModelOptions options;

    @Option(names = "--save-base", paramLabel = "FILE", description = "Keep what the original makes of the text, for --base-file.")
    private Optional<Path> saveBase = Optional.empty();

    @Option(names = "--base-file", paramLabel = "FILE", description = "Use it in place of the original and its text.")
    private Optional<Path> baseFile = Optional.empty();

    @Option(names = "--report", paramLabel = "FILE.html", description = "Write tables and plots as one page.")
    private Optional<Path> report = Optional.empty();

    @Option(names = "--per-token", paramLabel = "FILE", description = "Write the divergence of every token, as .csv or .jsonl.")
    private Optional<Path> perToken = Optional.empty();

    @Option(names = "--force", description = "Replace files that exist.")
    private boolean force;

    @Option(names = "--json", description = "For scripts.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        checkOptions();
        Comparison comparison = baseFile.isPresent() ? withFile() : withModel();
        if (report.isPresent()) {
            ComparisonReport.write(comparison, report.get(), force);
        }
        if (json) {
            Json.print(ComparisonJson.of(comparison), System.out);
        } else {
            ComparisonTable.print(comparison, System.out);
            report.ifPresent(file -> System.out.println("\nReport: " + file));
        }
        return 0;
    }

    private void checkOptions() throws IOException {
        if (baseFile.isPresent() && (saveBase.isPresent() || text.hasFile() || options.context() != 0)) {
            throw wrong("--base-file brings its text and windows with it: leave out -f, --ctx and --save-base");
        }
        if (baseFile.isEmpty() && paths.size() < 2 && saveBase.isEmpty()) {
            throw wrong("compare with what? Give the original first, then at least one quantized model");
        }
        for (Optional<Path> output : List.of(saveBase, report, perToken)) {
            if (output.isPresent()) {
                OutputName.check(output.get(), paths, force);
            }
        }
        if (perToken.isPresent()) {
            TokenFile.checkName(perToken.get());
        }
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    private Comparison withFile() throws IOException {
        try (BaseFile base = BaseFile.open(baseFile.get())) {
            return compare(base, Optional.empty(), paths);
        }
    }

    private Comparison withModel() throws IOException {
        Optional<LayerOutputs> layers;
        BaseFile base;
        try (OpenedModel model = OpenedModel.open(paths.getFirst(), options.load())) {
            Windows windows = text.windows(model, options);
            BaseRecording recording = new BaseRecording(model.model(), model.facts(text.protocol().toString()), windows,
                    options.session().kvCodec());
            layers = Optional.of(LayerOutputs.of(model.model(), windows.tokens().getFirst()));
            try (ProgressDisplay bar = new ProgressDisplay()) {
                base = saveBase.isPresent() ? recording.to(saveBase.get(), force, bar) : recording.temporary(bar);
            }
        }
        try (base) {
            return compare(base, layers, paths.subList(1, paths.size()));
        }
    }

    private Comparison compare(BaseFile base, Optional<LayerOutputs> layers, List<Path> models) throws IOException {
        List<Compared> compared = new ArrayList<>();
        try (TokenFile tokens = TokenFile.of(perToken, force)) {
            for (Path path : models) {
                compared.add(compared(base, layers, path, tokens));
            }
            tokens.commit();
        }
        return new Comparison(base.facts(), base.windows().context(), base.perplexity(), layers.map(LayerOutputs::tokens).orElse(0),
                compared);
    }

    private Compared compared(BaseFile base, Optional<LayerOutputs> layers, Path path, TokenFile tokens) throws IOException {
        try (OpenedModel model = OpenedModel.open(path, options.load());
                ProgressDisplay bar = new ProgressDisplay(stage -> path.getFileName().toString())) {
            EvaluatedModel facts = model.facts(base.facts().protocol());
            if (!facts.fingerprint().equals(base.facts().fingerprint())) {
                throw new UnsupportedException(
                        path + ": its tokens are not those of " + base.facts().name() + " (" + model.tokenizer().size()
                                + " and " + base.vocabulary() + "); only models with the same vocabulary can be compared");
            }
            Divergence divergence = KlDivergence.of(base, model.model(), options.session().kvCodec(),
                    token -> tokens.add(path, token), bar);
            return new Compared(facts, divergence, layers.map(outputs -> outputs.errorsOf(model.model())).orElse(List.of()));
        }
    }
}

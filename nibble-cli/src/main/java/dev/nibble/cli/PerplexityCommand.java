package dev.nibble.cli;

import dev.nibble.Perplexity;
import dev.nibble.core.evaluation.PerplexityRun;
import dev.nibble.core.evaluation.Windows;
import dev.nibble.core.pipeline.MeasuredModel;
import dev.nibble.core.pipeline.TextWindows;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code nibble perplexity}: perplexity of a model on a text. */
@Command(name = "perplexity", mixinStandardHelpOptions = true, sortOptions = false, description = "Measures a model's perplexity on a text. Results are comparable only with the same protocol and window length.")
final class PerplexityCommand implements Callable<Integer> {
    @Parameters(paramLabel = "MODEL", description = "A GGUF file, or a Hugging Face directory.")
    private Path path;

    @Mixin
    private TextOptions text;

    @Mixin
    private ModelOptions options;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        Path file = text.file();
        TextWindows cut = text.windows(options);
        try (ProgressDisplay display = new ProgressDisplay(); MeasuredModel model = MeasuredModel.open(path, options.load(), display)) {
            Windows windows = cut.of(model, file, display);
            long start = System.nanoTime();
            Perplexity result = PerplexityRun.measure(model.model(), windows, options.session().kvCodec(), display);
            display.clear();
            print(cut.protocol().toString(), windows, result, (System.nanoTime() - start) / 1e9);
        }
        return 0;
    }

    private void print(String protocol, Windows windows, Perplexity result, double seconds) {
        if (json) {
            JsonPrinter.print(facts(protocol, windows.context(), result), System.out);
            return;
        }
        System.out.printf(Locale.ROOT, "perplexity %.4f ± %.4f (%.5f nats per token)%n", result.perplexity(), result.standardError(),
                result.nll());
        System.out.printf(Locale.ROOT, "%s: %d windows of %d tokens, %d tokens scored, in %s%n", protocol, result.windows(),
                windows.context(), result.tokens(), Units.seconds(seconds));
    }

    /** The result as JSON. */
    static Map<String, Object> facts(String protocol, int context, Perplexity result) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("protocol", protocol);
        facts.put("ctx", context);
        facts.put("chunks", result.windows());
        facts.put("tokens", result.tokens());
        facts.put("nll", result.nll());
        facts.put("perplexity", result.perplexity());
        facts.put("standard_error", result.standardError());
        return facts;
    }
}

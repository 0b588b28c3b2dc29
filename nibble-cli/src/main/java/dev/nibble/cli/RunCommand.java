package dev.nibble.cli;

import dev.nibble.Generation;
import dev.nibble.GenerationOptions;
import dev.nibble.LanguageModel;
import dev.nibble.core.evaluation.EvaluationText;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code nibble run}: continues a text. */
@Command(name = "run", mixinStandardHelpOptions = true, sortOptions = false, description = "Continues a text. Standard output receives only the generated text.")
final class RunCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "MODEL", description = "A GGUF file, or a Hugging Face directory.")
    private Path model;

    @Option(names = {"-p", "--prompt"}, paramLabel = "TEXT", description = "The text to continue; may be empty.")
    private Optional<String> prompt = Optional.empty();

    @Option(names = {"-f", "--file"}, paramLabel = "FILE", description = "File with the text to continue.")
    private Optional<Path> file = Optional.empty();

    @Option(names = "--special", description = "Parse names of control tokens in the text as these tokens.")
    private boolean special;

    @Option(names = {"-v", "--verbose"}, description = "Print timings on standard error.")
    private boolean verbose;

    @Mixin
    private SamplingFlags sampling;

    @Mixin
    private ModelOptions options;

    @Override
    public Integer call() throws IOException {
        if (prompt.isPresent() == file.isPresent()) {
            throw new ParameterException(spec.commandLine(), "expected the text to continue: --prompt or --file");
        }
        String text = file.isPresent() ? EvaluationText.content(file.get()) : prompt.get();
        GenerationOptions generation = sampling.generation();
        long start = System.nanoTime();
        try (LanguageModel loaded = LanguageModel.load(model, options.load(), options.session())) {
            double seconds = (System.nanoTime() - start) / 1e9;
            Warnings.print(loaded, options.context());
            int[] ids = loaded.tokenizer().encode(text, true, special);
            Generation answer = loaded.start(ids, generation).await(piece -> {
                System.out.print(piece);
                System.out.flush();
            });
            System.out.println();
            if (verbose) {
                System.err.printf(Locale.ROOT, "%nloaded in %.2f s · prompt %d tokens, %.1f/s · generated %d tokens, %.1f/s · %s%n",
                        seconds,
                        answer.timings().promptTokens(), answer.timings().promptTokensPerSecond(), answer.timings().generatedTokens(),
                        answer.timings().generatedTokensPerSecond(), answer.finish());
            }
            return 0;
        }
    }
}

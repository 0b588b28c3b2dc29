package dev.nibble.cli;

import dev.nibble.TaskResult;
import dev.nibble.core.evaluation.task.Question;
import dev.nibble.core.evaluation.task.Task;
import dev.nibble.core.evaluation.task.TaskRun;
import dev.nibble.core.evaluation.task.Tasks;
import dev.nibble.core.pipeline.MeasuredModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code nibble evaluate}: runs a benchmark. */
@Command(name = "evaluate", mixinStandardHelpOptions = true, sortOptions = false, description = "Runs a benchmark on a model, without examples in the prompt (0-shot).")
final class EvaluateCommand implements Callable<Integer> {
    /** Names for help and completion. */
    static final class TaskNames implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Tasks.ALL.stream().map(Task::name).iterator();
        }
    }

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "MODEL", description = "A GGUF file, or a Hugging Face directory.")
    private Path path;

    @Option(names = "--task", paramLabel = "NAME", required = true, completionCandidates = TaskNames.class, description = "Benchmark: ${COMPLETION-CANDIDATES}.")
    private String task;

    @Option(names = {"-f", "--file"}, paramLabel = "FILE", required = true, description = "The questions, in the benchmark's own format.")
    private Path file;

    @Option(names = "--limit", paramLabel = "N", description = "Only the first N questions.")
    private int limit = Integer.MAX_VALUE;

    @Mixin
    private ModelOptions options;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        if (limit < 1) {
            throw new ParameterException(spec.commandLine(), "--limit is " + limit + ", expected 1 or more");
        }
        Task chosen = Tasks.named(task);
        List<Question> questions = chosen.read(file);
        if (questions.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "--file is " + file + ", which has no questions of " + chosen.name());
        }
        questions = questions.subList(0, Math.min(limit, questions.size()));
        print(chosen, result(chosen, questions));
        return 0;
    }

    private TaskResult result(Task chosen, List<Question> questions) throws IOException {
        try (ProgressDisplay bar = new ProgressDisplay(); MeasuredModel model = MeasuredModel.open(path, options.load(), bar)) {
            return TaskRun.of(chosen, questions, model.model(), model.tokenizer(), options.session().kvCodec(), bar);
        }
    }

    private void print(Task chosen, TaskResult result) {
        boolean choice = chosen.scoring() == Task.Scoring.CHOICE;
        if (json) {
            Map<String, Object> facts = new LinkedHashMap<>();
            facts.put("task", result.task());
            facts.put("questions", result.questions());
            facts.put("acc", result.accuracy().value());
            facts.put("acc_stderr", result.accuracy().error());
            if (choice) {
                facts.put("acc_norm", result.byByte().value());
                facts.put("acc_norm_stderr", result.byByte().error());
                facts.put("acc_per_token", result.byToken().value());
                facts.put("acc_per_token_stderr", result.byToken().error());
            }
            result.perplexity().ifPresent(perplexity -> facts.put("perplexity", perplexity));
            result.perplexityError().ifPresent(error -> facts.put("perplexity_stderr", error));
            JsonPrinter.print(facts, System.out);
            return;
        }
        System.out.printf("%s: %d questions, 0-shot%n%n", result.task(), result.questions());
        TextTable table = new TextTable("measure", "value", "±", "meaning");
        row(table, "acc", result.accuracy(), choice ? "the correct choice is the most probable" : "greedy decoding gives the answer");
        if (choice) {
            row(table, "acc_norm", result.byByte(), "log-probability per byte, as in lm-evaluation-harness");
            row(table, "acc_per_token", result.byToken(), "log-probability per token, as in llama.cpp's HellaSwag");
        }
        result.perplexity().ifPresent(perplexity -> table.row("perplexity", String.format(Locale.ROOT, "%.3f", perplexity),
                String.format(Locale.ROOT, "%.3f", result.perplexityError().orElse(0)), "of the correct choice"));
        table.print(System.out);
    }

    private static void row(TextTable table, String name, TaskResult.Share share, String meaning) {
        table.row(name, String.format(Locale.ROOT, "%.2f %%", 100 * share.value()), String.format(Locale.ROOT, "%.2f", 100 * share.error()),
                meaning);
    }
}

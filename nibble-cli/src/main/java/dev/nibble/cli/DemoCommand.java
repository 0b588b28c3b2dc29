package dev.nibble.cli;

import dev.nibble.ModelFile;
import dev.nibble.Quantization;
import dev.nibble.QuantizationReport;
import dev.nibble.core.plan.FileType;
import dev.nibble.core.plan.FileTypes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code nibble demo}: quantizes the bundled model to several types and compares their quality and stories. */
@Command(name = "demo", mixinStandardHelpOptions = true, sortOptions = false, description = "Quantizes the bundled model to several types, compares their quality loss, speed and stories, and keeps the files.")
final class DemoCommand implements Callable<Integer> {
    @Option(names = {"-o",
        "--output"}, paramLabel = "DIR", defaultValue = "nibble-demo", description = "Output folder. Default: ${DEFAULT-VALUE}.")
    private Path folder;

    @Option(names = "--types", paramLabel = "TYPE", split = ",", description = "Types to write. Default: ${DEFAULT-VALUE}.", defaultValue = "BF16,Q8_0,Q6_K,Q5_K_M,Q4_K_M,IQ4_XS,Q4_0,Q3_K_M,Q2_K")
    private List<String> types;

    @Option(names = {"-t", "--threads"}, paramLabel = "N", description = "Thread count. Default: all cores.")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Mixin
    private BackendOption backend;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    private record Row(FileType fileType, QuantizationReport report, DemoEvaluation.Result result, double speed) {
        Row measured(double tokensPerSecond) {
            return new Row(fileType, report, result, tokensPerSecond);
        }

        Map<String, Object> facts() {
            Map<String, Object> facts = new LinkedHashMap<>();
            facts.put("type", fileType.name());
            facts.put("file", report.file().toString());
            facts.put("bytes", report.bytes());
            facts.put("bits_per_weight", report.bitsPerWeight());
            facts.put("relative_rmse", report.relativeRmse());
            facts.put("seconds", report.seconds());
            facts.put("perplexity", result.divergence().model().perplexity());
            facts.put("mean_kl", result.divergence().meanKl());
            facts.put("top1_agreement", result.divergence().topAgreement());
            facts.put("generate_tokens_per_s", speed);
            facts.put("sample", result.sample());
            return facts;
        }
    }

    @Override
    public Integer call() throws IOException {
        List<FileType> mixes = types.stream().map(FileTypes::named).toList();
        Path model = folder.resolve("model");
        DemoModel.unpack(model);
        List<Row> rows = new ArrayList<>();
        try (ModelFile source = ModelFile.open(model);
                ProgressLine progress = new ProgressLine("demo");
                DemoEvaluation evaluation = new DemoEvaluation(model, model.resolve("stories.txt"), backend.load(threads))) {
            if (!json) {
                System.out.printf(Locale.ROOT, "The bundled model: %s parameters, trained for this demo (%s), perplexity %.3f%n%n",
                        Units.count(source.parameters()), model, evaluation.basePerplexity());
            }
            for (FileType fileType : mixes) {
                progress.show(fileType.name() + " (" + (rows.size() + 1) + " of " + mixes.size() + ")");
                QuantizationReport report = quantize(source, fileType);
                rows.add(new Row(fileType, report, evaluation.measure(report.file()), 0));
            }
            progress.show("speed");
            for (int i = 0; i < rows.size(); i++) {
                rows.set(i, rows.get(i).measured(evaluation.speed(rows.get(i).report.file())));
            }
        }
        if (json) {
            JsonPrinter.print(Map.of("models", rows.stream().map(Row::facts).toList()), System.out);
        } else {
            print(rows);
        }
        return 0;
    }

    private QuantizationReport quantize(ModelFile source, FileType fileType) throws IOException {
        return Quantization.of(source).to(fileType.name()).threads(threads).overwrite(true)
                .write(folder.resolve("demo-" + fileType.name() + ".gguf"));
    }

    private static void print(List<Row> rows) {
        TextTable table = new TextTable("type", "size", "bits/weight", "rel. RMSE", "perplexity", "mean KL", "same top", "tokens/s");
        for (Row row : rows) {
            table.row(row.fileType.name(), Units.bytes(row.report.bytes()), String.format(Locale.ROOT, "%.2f", row.report.bitsPerWeight()),
                    ReportPrinter.error(row.report.relativeRmse()),
                    String.format(Locale.ROOT, "%.3f", row.result.divergence().model().perplexity()),
                    String.format(Locale.ROOT, "%.5f", row.result.divergence().meanKl()),
                    String.format(Locale.ROOT, "%.1f %%", 100 * row.result.divergence().topAgreement()),
                    String.format(Locale.ROOT, "%.0f", row.speed));
        }
        table.print(System.out);
        System.out.printf(
                "%nrel. RMSE: error of the decoded weights relative to their size. Perplexity: on stories outside of the%n"
                        + "training data; lower is better. Mean KL: divergence of predictions from the original's, in nats.%n"
                        + "Same top: how often both predict the same token.%n%n\"%s\", continued with the same seed:%n",
                DemoEvaluation.PROMPT);
        rows.forEach(row -> System.out.printf("  %-7s %s%n", row.fileType.name(), row.result.sample()));
        Path last = rows.getLast().report.file();
        System.out.printf(
                "%nNext: ./nibble run %s -p \"One day\" · ./nibble inspect %s --tensors%n      ./nibble quantize YOUR_MODEL --to Q4_K_M%n",
                last, last);
    }
}

package dev.nibble.cli;

import dev.nibble.core.conversion.ModelSource;
import dev.nibble.core.recipe.Manifest;
import dev.nibble.core.recipe.Mix;
import dev.nibble.core.recipe.Mixes;
import dev.nibble.core.recipe.NonFinite;
import dev.nibble.core.recipe.Progress;
import dev.nibble.core.recipe.QuantizationJob;
import dev.nibble.core.recipe.QuantizationReport;
import dev.nibble.core.recipe.TypeRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code nibble demo}: quantizes the bundled model to a handful of types and shows what each costs. */
@Command(name = "demo", mixinStandardHelpOptions = true, sortOptions = false, description = "Quantizes the bundled model to a handful of types, shows what each costs, and leaves the files for you to look at.")
final class DemoCommand implements Callable<Integer> {
    @Option(names = {"-o",
        "--output"}, paramLabel = "DIR", defaultValue = "nibble-demo", description = "Folder to fill. Default: ${DEFAULT-VALUE}.")
    private Path folder;

    @Option(names = "--types", paramLabel = "TYPE", split = ",", description = "Default: ${DEFAULT-VALUE}.", defaultValue = "BF16,Q8_0,Q6_K,Q5_K_M,Q4_K_M,IQ4_XS,Q4_0,Q3_K_M,Q2_K")
    private List<String> types;

    @Option(names = {"-t", "--threads"}, paramLabel = "N", description = "Default: all cores.")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(names = "--json", description = "For scripts.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        List<Mix> mixes = types.stream().map(Mixes::named).toList();
        Path model = folder.resolve("model");
        DemoModel.unpack(model);
        List<QuantizationReport> reports = new ArrayList<>();
        long parameters;
        try (ModelSource source = ModelSource.open(model)) {
            parameters = source.tensors().stream().mapToLong(tensor -> tensor.info().shape().count()).sum();
            if (!json) {
                System.out.printf("The bundled model: %s parameters, trained for this demo (%s)%n%n", Units.count(parameters), model);
            }
            for (Mix mix : mixes) {
                reports.add(quantize(source, mix));
            }
        }
        print(mixes, reports);
        return 0;
    }

    private QuantizationReport quantize(ModelSource source, Mix mix) throws IOException {
        TypeRequest request = TypeRequest.of(mix);
        QuantizationJob job = new QuantizationJob(source, request, Optional.empty(), NonFinite.REFUSE);
        Manifest manifest = new Manifest(Version.number(), Manifest.options(request), source.files());
        return job.run(folder.resolve("demo-" + mix.name() + ".gguf"), true, threads, manifest, Progress.SILENT);
    }

    private void print(List<Mix> mixes, List<QuantizationReport> reports) {
        if (json) {
            List<Map<String, Object>> rows = new ArrayList<>();
            for (int i = 0; i < mixes.size(); i++) {
                Map<String, Object> row = new LinkedHashMap<>();
                row.put("type", mixes.get(i).name());
                row.put("file", reports.get(i).file().toString());
                row.put("bytes", reports.get(i).bytes());
                row.put("bits_per_weight", reports.get(i).bitsPerWeight());
                row.put("relative_rmse", reports.get(i).relativeRmse());
                row.put("seconds", reports.get(i).seconds());
                rows.add(row);
            }
            Json.print(Map.of("models", rows), System.out);
            return;
        }
        TextTable table = new TextTable("type", "size", "bits/weight", "rel. RMSE", "time", "file");
        for (int i = 0; i < mixes.size(); i++) {
            QuantizationReport report = reports.get(i);
            table.row(mixes.get(i).name(), Units.bytes(report.bytes()), String.format(Locale.ROOT, "%.2f", report.bitsPerWeight()),
                    ReportPrinter.error(report.relativeRmse()), Units.seconds(report.seconds()), report.file());
        }
        table.print(System.out);
        System.out.printf("%nrel. RMSE: how far the decoded weights are from the original, as a fraction of their size.%n"
                + "Next: ./nibble inspect %s --tensors · ./nibble quantize YOUR_MODEL --to Q4_K_M%n", reports.getLast().file());
    }
}

package dev.nibble.cli;

import dev.nibble.QuantizationReport;
import dev.nibble.TensorResult;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Prints the report of a quantization: a table, or JSON. */
final class ReportPrinter {
    private final QuantizationReport report;

    ReportPrinter(QuantizationReport report) {
        this.report = report;
    }

    void print(boolean json) {
        if (json) {
            JsonPrinter.print(facts(), System.out);
            return;
        }
        TextTable table = new TextTable("type", "tensors", "weights", "size", "bits/weight", "rel. RMSE", "worst tensor");
        for (QuantizationReport.TypeSummary type : report.byType()) {
            boolean lossless = type.relativeRmse() == 0;
            table.row(type.type(), type.tensors(), Units.count(type.numbers()), Units.bytes(type.bytes()), decimal(type.bitsPerWeight()),
                    lossless ? "0" : error(type.relativeRmse()),
                    lossless ? "" : type.worst().tensor().name() + " " + error(type.worst().relativeRmse()));
        }
        table.print(System.out);
        report.warnings().forEach(StandardError::warning);
        System.out.printf(Locale.ROOT, "%n%s: %s, %s, %.2f bits per weight, relative RMSE %s, %s (was %s) in %s%n", report.file(),
                report.type(), Units.bytes(report.bytes()), report.bitsPerWeight(), error(report.relativeRmse()),
                String.format(Locale.ROOT, "%.1f %% of the source", 100.0 * report.bytes() / report.sourceBytes()),
                Units.bytes(report.sourceBytes()), Units.seconds(report.seconds()));
        report.fit().ifPresent(fit -> System.out.printf(Locale.ROOT,
                "mean KL %.6f, measured on %d windows of %d tokens (sum of the tensors' estimated losses: %.6f)%n", fit.meanKl(),
                fit.windows(),
                fit.windowLength(), fit.expectedKl()));
    }

    private Map<String, Object> facts() {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("output", report.file().toString());
        facts.put("type", report.type());
        facts.put("bytes", report.bytes());
        facts.put("source_bytes", report.sourceBytes());
        facts.put("bits_per_weight", report.bitsPerWeight());
        facts.put("relative_rmse", report.relativeRmse());
        facts.put("seconds", report.seconds());
        facts.put("tensors", report.tensors().stream().map(ReportPrinter::facts).toList());
        facts.put("warnings", List.copyOf(report.warnings()));
        report.fit().ifPresent(fit -> facts.put("fit", facts(fit)));
        return facts;
    }

    private static Map<String, Object> facts(TensorResult result) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("name", result.tensor().name());
        facts.put("from", result.tensor().from());
        facts.put("type", result.tensor().to());
        facts.put("bytes", result.tensor().bytes());
        facts.put("relative_rmse", result.relativeRmse());
        return facts;
    }

    private static Map<String, Object> facts(QuantizationReport.Fit fit) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("mean_kl", fit.meanKl());
        facts.put("expected_kl", fit.expectedKl());
        facts.put("tokens", fit.tokens());
        facts.put("pareto", fit.frontier().stream()
                .map(point -> Map.of("tensor_bytes", point.tensorBytes(), "expected_kl", point.expectedKl())).toList());
        return facts;
    }

    private static String decimal(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }

    static String error(double value) {
        return value == 0 ? "0" : String.format(Locale.ROOT, "%.5f", value);
    }
}

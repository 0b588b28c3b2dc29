package dev.nibble.cli;

import dev.nibble.core.recipe.QuantizationReport;
import dev.nibble.core.recipe.TensorOutcome;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Prints what a quantization did: a table for people, or JSON. */
final class ReportPrinter {
    private final QuantizationReport report;
    private final String kind;
    private final Optional<Fit> fit;

    /** @param kind what all was stored as: a mix, a type or a layout */
    ReportPrinter(QuantizationReport report, String kind) {
        this(report, kind, Optional.empty());
    }

    private ReportPrinter(QuantizationReport report, String kind, Optional<Fit> fit) {
        this.report = report;
        this.kind = kind;
        this.fit = fit;
    }

    /** The same with what choosing the types found. */
    ReportPrinter with(Fit types) {
        return new ReportPrinter(report, kind, Optional.of(types));
    }

    void print(boolean json) throws IOException {
        if (json) {
            Map<String, Object> facts = facts();
            if (fit.isPresent()) {
                facts.put("fit", fit.get().facts(fit.get().measured(report.file())));
            }
            Json.print(facts, System.out);
            return;
        }
        TextTable table = new TextTable("type", "tensors", "weights", "size", "bits/weight", "rel. RMSE", "worst tensor");
        for (QuantizationReport.TypeSummary type : report.byType()) {
            boolean lossless = type.relativeRmse() == 0;
            table.row(type.codec().name(), type.tensors(), Units.count(type.numbers()), Units.bytes(type.bytes()),
                    decimal(type.bitsPerWeight()), lossless ? "0" : error(type.relativeRmse()),
                    lossless ? "" : type.worst().tensor().source().name() + " " + error(type.worst().relativeRmse()));
        }
        table.print(System.out);
        report.warnings().forEach(StandardError::warning);
        System.out.printf(Locale.ROOT, "%n%s: %s, %s, %.2f bits per weight, relative RMSE %s, %s (was %s) in %s%n", report.file(),
                kind,
                Units.bytes(report.bytes()), report.bitsPerWeight(), error(report.relativeRmse()),
                String.format(Locale.ROOT, "%.1f %% of the source", 100.0 * report.bytes() / report.sourceBytes()),
                Units.bytes(report.sourceBytes()), Units.seconds(report.seconds()));
        if (fit.isPresent()) {
            fit.get().print(fit.get().measured(report.file()));
        }
    }

    private Map<String, Object> facts() {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("output", report.file().toString());
        facts.put("type", kind);
        facts.put("bytes", report.bytes());
        facts.put("source_bytes", report.sourceBytes());
        facts.put("bits_per_weight", report.bitsPerWeight());
        facts.put("relative_rmse", report.relativeRmse());
        facts.put("seconds", report.seconds());
        facts.put("tensors", report.tensors().stream().map(ReportPrinter::facts).toList());
        facts.put("warnings", List.copyOf(report.warnings()));
        return facts;
    }

    private static Map<String, Object> facts(TensorOutcome outcome) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("name", outcome.tensor().source().name());
        facts.put("from", outcome.tensor().source().codec().name());
        facts.put("type", outcome.tensor().target().name());
        facts.put("bytes", outcome.tensor().result().bytes());
        facts.put("relative_rmse", outcome.relativeRmse());
        return facts;
    }

    private static String decimal(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }

    static String error(double value) {
        return value == 0 ? "0" : String.format(Locale.ROOT, "%.5f", value);
    }
}

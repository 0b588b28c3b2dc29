package dev.nibble.cli;

import dev.nibble.Compared;
import dev.nibble.Comparison;
import dev.nibble.Divergence;
import dev.nibble.core.checkpoint.io.AtomicFile;
import dev.nibble.core.pipeline.BuildVersion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** A comparison as a self-contained HTML page: a table and plots. */
final class ComparisonReport {
    private static final List<String> PERCENTILES = List.of("median", "90 %", "95 %", "99 %", "99.9 %", "largest");

    private final Comparison comparison;
    private final List<Compared> models;
    private final List<String> names;

    private ComparisonReport(Comparison comparison) {
        this.comparison = comparison;
        this.models = comparison.models().stream()
                .sorted(Comparator.comparingDouble((Compared compared) -> -compared.model().bitsPerWeight())).toList();
        this.names = ModelNames.distinct(models.stream().map(compared -> compared.model().name()).toList());
    }

    static void write(Comparison comparison, Path file, boolean overwrite) throws IOException {
        AtomicFile.write(file, new ComparisonReport(comparison).page().getBytes(StandardCharsets.UTF_8), overwrite);
    }

    private String page() throws IOException {
        StringBuilder page = new StringBuilder("""
                <!doctype html>
                <html lang='en'><head><meta charset='utf-8'>
                <meta name='viewport' content='width=device-width, initial-scale=1'><meta name='color-scheme' content='light dark'>
                """);
        String name = Plot.escaped(ModelNames.shortest(comparison.base().name()));
        page.append("<title>").append(name).append(": quality loss of quantization</title>\n<style>\n").append(style())
                .append("</style></head>\n")
                .append("<body>\n<h1>").append(name).append(": quality loss of quantization</h1>\n").append(facts());
        if (!models.isEmpty()) {
            page.append(table()).append(sizes()).append(percentiles()).append(layers());
        }
        return page.append("<footer>Nibble ").append(Plot.escaped(BuildVersion.number())).append("</footer>\n</body></html>\n").toString();
    }

    private static String style() throws IOException {
        try (InputStream in = ComparisonReport.class.getResourceAsStream("report.css")) {
            if (in == null) {
                throw new IOException("report.css is missing from this build");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private String facts() {
        return String.format(Locale.ROOT,
                "<p>Original: <b>%s</b>, %s, %.2f bits per weight, perplexity <b>%.4f</b> ± %.4f.<br>%s: %,d windows of %,d tokens, %,d"
                        + " tokens scored.</p>%n",
                Plot.escaped(comparison.base().name()), Units.bytes(comparison.base().bytes()),
                comparison.base().bitsPerWeight(), comparison.basePerplexity().perplexity(), comparison.basePerplexity().standardError(),
                Plot.escaped(comparison.base().protocol()), comparison.basePerplexity().windows(), comparison.context(),
                comparison.basePerplexity().tokens());
    }

    private String table() {
        StringBuilder table = new StringBuilder("<div class='wide'><table><thead><tr><th>model<th>size<th>bits per weight<th>perplexity"
                + "<th>ratio<th>mean KL<th>median KL<th>99 % KL<th>largest KL<th>same top token<th>RMS Δp<th>mean Δp</tr></thead>\n<tbody>\n");
        for (int i = 0; i < models.size(); i++) {
            Compared compared = models.get(i);
            Divergence d = compared.divergence();
            table.append(String.format(Locale.ROOT,
                    "<tr><th><i style='background:%s'></i>%s<td>%s<td>%.2f<td>%.4f<td>%.4f <small>± %.4f</small><td><b>%s</b>"
                            + " <small>± %s</small><td>%s<td>%s<td>%s<td>%.2f %%<td>%.2f %%<td>%+.2f %%</tr>%n",
                    colour(i), name(compared),
                    Units.bytes(compared.model().bytes()), compared.model().bitsPerWeight(), d.model().perplexity(), d.ratio(),
                    d.ratioError(),
                    small(d.meanKl()), small(d.meanKlError()), small(d.medianKl()), small(d.p99Kl()), small(d.maxKl()),
                    100 * d.topAgreement(),
                    100 * d.rmsDeltaP(), 100 * d.meanDeltaP()));
        }
        return table.append(
                "</tbody></table></div>\n<p class='note'>KL: divergence of a model's predictions from the original's, in nats per token."
                        + " Same top token: how often both predict the same token. Δp: change of the probability of the actual token."
                        + " ±: one standard error.</p>\n")
                .toString();
    }

    private String sizes() {
        Plot plot = new Plot(PlotAxis.over("bits per weight", false, models.stream().mapToDouble(m -> m.model().bitsPerWeight())),
                PlotAxis.over("mean KL, nats", true, models.stream().mapToDouble(m -> m.divergence().meanKl())));
        plot.path(front());
        for (int i = 0; i < models.size(); i++) {
            Compared compared = models.get(i);
            plot.point(compared.model().bitsPerWeight(), compared.divergence().meanKl(), names.get(i),
                    String.format(Locale.ROOT, "%s: %.2f bits per weight, mean KL %s", compared.model().name(),
                            compared.model().bitsPerWeight(),
                            small(compared.divergence().meanKl())),
                    colour(i));
        }
        return figure("Size against loss", "Lower left is better. The dashed line connects the models that no other beats in both.",
                plot.svg("mean KL over bits per weight"));
    }

    /** The Pareto-optimal models, as points. */
    private List<double[]> front() {
        List<double[]> front = new ArrayList<>();
        double best = Double.POSITIVE_INFINITY;
        for (Compared compared : models.reversed()) {
            if (compared.divergence().meanKl() < best) {
                best = compared.divergence().meanKl();
                front.add(new double[]{compared.model().bitsPerWeight(), best});
            }
        }
        return front;
    }

    private String percentiles() {
        List<List<Double>> all = models.stream().map(compared -> {
            List<Double> numbers = new ArrayList<>(compared.divergence().klAt());
            numbers.add(compared.divergence().maxKl());
            return numbers;
        }).toList();
        Plot plot = new Plot(PlotAxis.of("percentile of tokens", PERCENTILES), axis("KL, nats", all));
        draw(plot, all);
        return figure("Worst tokens", "Percentiles of the tokens' divergence, from the median to the worst.",
                plot.svg("percentiles of KL"));
    }

    private String layers() {
        if (models.stream().anyMatch(compared -> compared.layerErrors().isEmpty())) {
            return "";
        }
        List<List<Double>> all = models.stream().map(Compared::layerErrors).toList();
        List<String> layers = IntStream.range(0, all.getFirst().size()).mapToObj(Integer::toString).toList();
        Plot plot = new Plot(PlotAxis.of("layer", layers), axis("relative error", all));
        draw(plot, all);
        return figure("Layer by layer",
                String.format(Locale.ROOT, "Root mean square of the difference of each layer's output, as a fraction of its size, over the"
                        + " first %,d tokens.", comparison.layerTokens()),
                plot.svg("relative error of each layer's output"));
    }

    private static PlotAxis axis(String title, List<List<Double>> numbers) {
        return PlotAxis.over(title, true, numbers.stream().flatMap(List::stream).mapToDouble(Double::doubleValue));
    }

    private void draw(Plot plot, List<List<Double>> lines) {
        for (int i = 0; i < lines.size(); i++) {
            plot.line(lines.get(i), names.get(i), colour(i));
        }
    }

    private static String figure(String title, String note, String svg) {
        return "<figure><h2>" + Plot.escaped(title) + "</h2><p class='note'>" + Plot.escaped(note) + "</p>\n" + svg + "</figure>\n";
    }

    private static String name(Compared compared) {
        return Plot.escaped(ModelNames.shortest(compared.model().name()));
    }

    /** Colours from blue for the largest to red for the smallest. */
    private String colour(int rank) {
        double part = models.size() > 1 ? (double) rank / (models.size() - 1) : 0;
        return String.format(Locale.ROOT, "hsl(%.0f 70%% var(--shade))", 250 - 250 * part);
    }

    private static String small(double value) {
        return value == 0 ? "0" : String.format(Locale.ROOT, value < 1e-5 ? "%.1e" : value < 0.01 ? "%.6f" : "%.4f", value);
    }
}

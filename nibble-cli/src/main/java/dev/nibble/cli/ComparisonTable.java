package dev.nibble.cli;

import dev.nibble.Compared;
import dev.nibble.Comparison;
import dev.nibble.Divergence;
import java.io.PrintStream;
import java.util.Locale;

/** A comparison as a table for the terminal. */
final class ComparisonTable {
    private ComparisonTable() {}

    static void print(Comparison comparison, PrintStream out) {
        out.printf(Locale.ROOT, "original: %s, %s, %.2f bits per weight, perplexity %.4f ± %.4f%n%s: %d windows of %d tokens, %d scored%n",
                comparison.base().name(), Units.bytes(comparison.base().bytes()), comparison.base().bitsPerWeight(),
                comparison.basePerplexity().perplexity(), comparison.basePerplexity().standardError(), comparison.base().protocol(),
                comparison.basePerplexity().windows(), comparison.context(), comparison.basePerplexity().tokens());
        if (comparison.models().isEmpty()) {
            return;
        }
        TextTable table = new TextTable("model", "size", "bits/weight", "perplexity", "ratio", "±", "mean KL", "±", "median KL", "99 % KL",
                "max KL",
                "same top", "RMS Δp");
        for (Compared compared : comparison.models()) {
            Divergence d = compared.divergence();
            table.row(ModelNames.shortest(compared.model().name()), Units.bytes(compared.model().bytes()),
                    fixed(2, compared.model().bitsPerWeight()), fixed(4, d.model().perplexity()), fixed(4, d.ratio()),
                    fixed(4, d.ratioError()),
                    small(d.meanKl()), small(d.meanKlError()), small(d.medianKl()), small(d.p99Kl()), small(d.maxKl()),
                    fixed(2, 100 * d.topAgreement()) + " %", fixed(2, 100 * d.rmsDeltaP()) + " %");
        }
        out.println();
        table.print(out);
        out.printf(
                "%nKL: divergence of predictions from the original's, in nats per token. Ratio: of the perplexities. Same top: how often%n"
                        + "both predict the same token. Δp: change of the probability of the actual token.%n");
    }

    private static String fixed(int digits, double value) {
        return String.format(Locale.ROOT, "%." + digits + "f", value);
    }

    /** Four significant digits, at most six decimals. */
    private static String small(double value) {
        return value < 5e-7 ? "0.000000" : String.format(Locale.ROOT, value < 0.01 ? "%.6f" : "%.4f", value);
    }
}

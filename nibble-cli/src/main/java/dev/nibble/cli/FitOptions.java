package dev.nibble.cli;

import dev.nibble.Quantization;
import dev.nibble.error.UnsupportedException;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;

/** Limit of size or quality loss for mixed-precision bit allocation. */
final class FitOptions {
    private static final Pattern SIZE = Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*(|[KMG]i?)B?", Pattern.CASE_INSENSITIVE);
    private static final Map<String, Double> UNITS = Map.of("", 1.0, "k", 1e3, "m", 1e6, "g", 1e9, "ki", 1024.0, "mi", 1048576.0, "gi",
            1073741824.0);

    @Option(names = "--fit", paramLabel = "SIZE", description = "Choose the best types for a GGUF file of at most this size, such as 4.0GiB, by each tensor's loss on the calibration text.")
    private String size;

    @Option(names = "--max-kl", paramLabel = "X", description = "Choose the smallest types whose mean KL divergence from the original is at most X, in nats per token, such as 0.01.")
    private Double maxKl;

    boolean isAsked() {
        return size != null || maxKl != null;
    }

    Quantization applyTo(Quantization quantization) {
        check();
        Quantization fitted = size == null ? quantization : quantization.fit(bytes());
        return maxKl == null ? fitted : fitted.maxKl(maxKl);
    }

    private void check() {
        if (size != null && maxKl != null) {
            throw new UnsupportedException("--fit and --max-kl exclude each other");
        }
        if (maxKl != null && !(maxKl > 0)) {
            throw new UnsupportedException("--max-kl " + maxKl + ": expected a number above 0, such as 0.01");
        }
    }

    private long bytes() {
        Matcher matcher = SIZE.matcher(size.strip());
        if (!matcher.matches()) {
            throw new UnsupportedException("--fit " + size + ": expected a size, such as 4.0GiB or 900MB");
        }
        return (long) (Double.parseDouble(matcher.group(1)) * UNITS.get(matcher.group(2).toLowerCase(Locale.ROOT)));
    }
}

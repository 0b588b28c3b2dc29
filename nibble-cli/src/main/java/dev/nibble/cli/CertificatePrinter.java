package dev.nibble.cli;

import dev.nibble.core.codec.Plain;
import dev.nibble.core.job.TranscodingJob.Certificate;
import dev.nibble.core.layout.WeightLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Reports which weights were moved to another layout, with notes on unusual ones. */
record CertificatePrinter(Path output, WeightLayout layout, List<Certificate> certificates) {
    void print(boolean json) {
        if (json) {
            JsonPrinter.print(Map.of("output", output.toString(), "layout", layout.name(), "tensors",
                    certificates.stream().map(CertificatePrinter::facts).toList()), System.out);
            return;
        }
        List<Certificate> plain = certificates.stream().filter(CertificatePrinter::isPlain).toList();
        long numbers = certificates.stream().mapToLong(Certificate::numbers).sum();
        System.out.printf(Locale.ROOT, "%s: %s, %d weights moved, all of their %d values equal in every bit%n", output, layout.name(),
                certificates.size(), numbers);
        if (!plain.isEmpty()) {
            System.out.println("of these unquantized, as the layout keeps embeddings and the output matrix: " + plain.stream()
                    .map(one -> one.tensor() + " (" + one.from() + " as " + one.to() + ")").collect(Collectors.joining(", ")));
        }
        long negative = certificates.stream().mapToLong(Certificate::negative).sum();
        if (negative > 0) {
            System.out.printf(Locale.ROOT, "%d scales are negative, as in the source; %s supports that%n", negative,
                    layout.name());
        }
    }

    private static boolean isPlain(Certificate certificate) {
        return Arrays.stream(Plain.values()).anyMatch(type -> type.name().equals(certificate.to()));
    }

    private static Map<String, Object> facts(Certificate certificate) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("name", certificate.tensor());
        facts.put("from", certificate.from());
        facts.put("to", certificate.to());
        facts.put("equal_numbers", certificate.numbers());
        facts.put("negative_scales", certificate.negative());
        return facts;
    }
}

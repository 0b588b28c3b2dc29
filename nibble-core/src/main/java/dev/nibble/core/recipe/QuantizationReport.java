package dev.nibble.core.recipe;

import dev.nibble.core.tensor.Codec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a quantization did: the outcome of every tensor, and the file. */
public record QuantizationReport(Path file, long bytes, long sourceBytes, double seconds, List<TensorOutcome> tensors) {
    /** A tensor that decodes to something this far from its source, relative to its size, has lost its meaning. */
    private static final double LOST = 0.9;

    /** The tensors of one codec together. */
    public record TypeSummary(Codec codec, int tensors, long numbers, long bytes, double relativeRmse, TensorOutcome worst) {
        public double bitsPerWeight() {
            return 8.0 * bytes / numbers;
        }
    }

    /** One line per codec, the one with most bytes first. */
    public List<TypeSummary> byType() {
        Map<Codec, List<TensorOutcome>> groups = new LinkedHashMap<>();
        tensors.forEach(tensor -> groups.computeIfAbsent(tensor.tensor().target(), codec -> new ArrayList<>()).add(tensor));
        return groups.entrySet().stream().map(entry -> summary(entry.getKey(), entry.getValue()))
                .sorted((a, b) -> Long.compare(b.bytes(), a.bytes())).toList();
    }

    /** √(Σ (x − x')² / Σ x²) over all tensors that were encoded. */
    public double relativeRmse() {
        return rmse(tensors);
    }

    public long numbers() {
        return tensors.stream().mapToLong(tensor -> tensor.tensor().source().shape().count()).sum();
    }

    public double bitsPerWeight() {
        return 8.0 * tensors.stream().mapToLong(tensor -> tensor.tensor().result().bytes()).sum() / numbers();
    }

    /** What the user should look at, one line each. */
    public List<String> warnings() {
        Map<String, List<String>> notes = new LinkedHashMap<>();
        tensors.stream().map(TensorOutcome::tensor).filter(tensor -> !tensor.note().isEmpty())
                .forEach(tensor -> notes.computeIfAbsent(tensor.note(), note -> new ArrayList<>()).add(tensor.source().name()));
        List<String> warnings = new ArrayList<>();
        notes.forEach(
                (note, names) -> warnings.add(names.getFirst() + (names.size() > 1 ? " and " + (names.size() - 1) + " more" : "") + ": "
                        + note));
        for (TensorOutcome outcome : tensors) {
            String name = outcome.tensor().source().name();
            if (outcome.zeroed() > 0) {
                warnings.add(name + ": " + outcome.zeroed() + " NaN or infinite numbers became 0");
            }
            if (outcome.flushedBlocks() > 0) {
                warnings.add(name + ": " + outcome.flushedBlocks() + " blocks of tiny numbers became 0 in "
                        + outcome.tensor().target().name());
            }
            if (outcome.relativeRmse() > LOST) {
                warnings.add(name + ": relative error %.2f: %s cannot hold it; give it a wider type with --tensor '^%s$=BF16'"
                        .formatted(outcome.relativeRmse(), outcome.tensor().target().name(), name));
            }
        }
        return List.copyOf(warnings);
    }

    private static TypeSummary summary(Codec codec, List<TensorOutcome> group) {
        long numbers = group.stream().mapToLong(tensor -> tensor.tensor().source().shape().count()).sum();
        long bytes = group.stream().mapToLong(tensor -> tensor.tensor().result().bytes()).sum();
        TensorOutcome worst = group.stream().max((a, b) -> Double.compare(a.relativeRmse(), b.relativeRmse())).orElseThrow();
        return new TypeSummary(codec, group.size(), numbers, bytes, rmse(group), worst);
    }

    private static double rmse(List<TensorOutcome> group) {
        double error = group.stream().mapToDouble(TensorOutcome::squaredError).sum();
        double norm = group.stream().mapToDouble(TensorOutcome::squaredNorm).sum();
        return norm == 0 ? 0 : Math.sqrt(error / norm);
    }
}

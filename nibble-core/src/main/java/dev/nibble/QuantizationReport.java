package dev.nibble;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Report on a quantization.
 *
 * @param file the written file or directory
 * @param type the file type of a GGUF file, or the format of a directory
 * @param bytes size of the weight file
 * @param sourceBytes size of the source's tensors
 * @param tensors result of every tensor
 * @param fit choice of types by measured loss, if there was one
 */
public record QuantizationReport(Path file, String type, long bytes, long sourceBytes, double seconds, List<TensorResult> tensors,
        Optional<Fit> fit) {
    /** Relative error above which a tensor is useless. */
    private static final double LOST = 0.9;

    /**
     * Choice of types by measured loss.
     *
     * @param meanKl measured divergence of the written file's predictions from the original's, in nats per token
     * @param expectedKl sum of the losses of its tensors, each measured alone
     * @param windows number of windows
     * @param windowLength tokens per window
     * @param tokens number of scored tokens
     * @param frontier sizes and expected losses, from the smallest choice to the best
     */
    public record Fit(double meanKl, double expectedKl, int windows, int windowLength, long tokens, List<Point> frontier) {
        /** A choice of types: total size of the tensors, and expected loss in nats per token. */
        public record Point(long tensorBytes, double expectedKl) {}

        public Fit {
            frontier = List.copyOf(frontier);
        }
    }

    /** Totals of the tensors of one type. */
    public record TypeSummary(String type, int tensors, long numbers, long bytes, double relativeRmse, TensorResult worst) {
        public double bitsPerWeight() {
            return 8.0 * bytes / numbers;
        }
    }

    public QuantizationReport {
        tensors = List.copyOf(tensors);
    }

    /** A report without a choice of types. */
    public QuantizationReport(Path file, String type, long bytes, long sourceBytes, double seconds, List<TensorResult> tensors) {
        this(file, type, bytes, sourceBytes, seconds, tensors, Optional.empty());
    }

    /** A copy with the choice of types. */
    public QuantizationReport with(Fit choice) {
        return new QuantizationReport(file, type, bytes, sourceBytes, seconds, tensors, Optional.of(choice));
    }

    /** Totals per type, largest first. */
    public List<TypeSummary> byType() {
        Map<String, List<TensorResult>> groups = new LinkedHashMap<>();
        tensors.forEach(result -> groups.computeIfAbsent(result.tensor().to(), name -> new ArrayList<>()).add(result));
        return groups.entrySet().stream().map(entry -> summary(entry.getKey(), entry.getValue()))
                .sorted(Comparator.comparingLong(TypeSummary::bytes).reversed()).toList();
    }

    /** √(Σ (x − x')² / Σ x²) over all encoded tensors. */
    public double relativeRmse() {
        return rmse(tensors);
    }

    public double bitsPerWeight() {
        return 8.0 * bytes(tensors) / numbers(tensors);
    }

    /** Warnings for the user, one line each. */
    public List<String> warnings() {
        Map<String, List<String>> notes = new LinkedHashMap<>();
        tensors.stream().map(TensorResult::tensor).filter(tensor -> !tensor.note().isEmpty())
                .forEach(tensor -> notes.computeIfAbsent(tensor.note(), note -> new ArrayList<>()).add(tensor.name()));
        List<String> warnings = new ArrayList<>();
        notes.forEach((note, names) -> warnings.add(
                names.getFirst() + (names.size() > 1 ? " and " + (names.size() - 1) + " more" : "") + ": " + note));
        for (TensorResult result : tensors) {
            String name = result.tensor().name();
            if (result.zeroed() > 0) {
                warnings.add(name + ": " + result.zeroed() + " NaN or infinite values became 0");
            }
            if (result.flushedBlocks() > 0) {
                warnings.add(name + ": " + result.flushedBlocks() + " blocks of tiny values became 0 in " + result.tensor().to());
            }
            if (result.relativeRmse() > LOST) {
                warnings.add(name + ": relative error %.2f: %s cannot represent it; choose a wider type, such as BF16"
                        .formatted(result.relativeRmse(), result.tensor().to()));
            }
        }
        return List.copyOf(warnings);
    }

    private static TypeSummary summary(String type, List<TensorResult> group) {
        TensorResult worst = group.stream().max(Comparator.comparingDouble(TensorResult::relativeRmse)).orElseThrow();
        return new TypeSummary(type, group.size(), numbers(group), bytes(group), rmse(group), worst);
    }

    private static long numbers(List<TensorResult> group) {
        return group.stream().mapToLong(result -> result.tensor().numbers()).sum();
    }

    private static long bytes(List<TensorResult> group) {
        return group.stream().mapToLong(result -> result.tensor().bytes()).sum();
    }

    private static double rmse(List<TensorResult> group) {
        double error = group.stream().mapToDouble(TensorResult::squaredError).sum();
        double norm = group.stream().mapToDouble(TensorResult::squaredNorm).sum();
        return norm == 0 ? 0 : Math.sqrt(error / norm);
    }
}

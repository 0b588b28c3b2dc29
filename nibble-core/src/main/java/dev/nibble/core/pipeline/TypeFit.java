package dev.nibble.core.pipeline;

import dev.nibble.QuantizationReport;
import dev.nibble.core.allocation.DivergenceMeter;
import dev.nibble.core.allocation.Frontier;
import dev.nibble.core.allocation.Sensitivity;
import dev.nibble.core.conversion.ModelSource;
import dev.nibble.core.evaluation.Windows;
import dev.nibble.core.inference.LoadedModel;
import dev.nibble.core.plan.FileType;
import dev.nibble.core.plan.FileTypes;
import dev.nibble.core.plan.TypeRequest;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Shape;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Types chosen for all tensors by their measured loss.
 *
 * @param types request for these types
 * @param chosen chosen point of the frontier
 * @param frontier all efficient choices
 * @param windows windows of the measured text
 */
record TypeFit(TypeRequest types, Frontier.Point chosen, Frontier frontier, Windows windows) {
    private static final int POINTS = 12;

    /** Measures and chooses. @param size exact size of a file of given types */
    static TypeFit choose(Budget budget, TypeRequest base, Path model, ModelSource source, CalibrationInput input, JobSettings settings,
            ToLongFunction<TypeRequest> size) throws IOException {
        Windows windows = input.windows(model, source, settings.loading(), settings.listener());
        try (DivergenceMeter meter = DivergenceMeter.open(model, source, settings.loading(), windows)) {
            Frontier frontier = new Frontier(new Sensitivity(source).measure(meter, settings.listener()));
            Chooser chooser = new Chooser(base, frontier,
                    source.tensors().stream().collect(Collectors.toMap(tensor -> tensor.info().name(), tensor -> tensor.info().shape())));
            Frontier.Point chosen = budget.bytes() > 0 ? chooser.within(budget.bytes(), size) : chooser.closeEnough(budget.maxKl(), meter);
            return new TypeFit(chooser.request(chosen), chosen, frontier, windows);
        }
    }

    /** The written file's measured divergence, and expected ones between the smallest and the best choice. */
    QuantizationReport.Fit measured(Path model, ModelSource source, Path file, JobSettings settings) throws IOException {
        List<QuantizationReport.Fit.Point> points = new ArrayList<>();
        for (int i = 0; i <= POINTS; i++) {
            Frontier.Point point = frontier.after(frontier.steps() * i / POINTS);
            points.add(new QuantizationReport.Fit.Point(point.bytes(), point.loss()));
        }
        try (DivergenceMeter meter = DivergenceMeter.open(model, source, settings.loading(), windows);
                LoadedModel written = LoadedModel.open(file, settings.loading())) {
            return new QuantizationReport.Fit(meter.meanKl(written), chosen.loss(), windows.count(), windows.context(), windows.scored(),
                    points);
        }
    }

    /** Converts points of the frontier to requests. */
    private record Chooser(TypeRequest base, Frontier frontier, Map<String, Shape> shapes) {
        private Frontier.Point within(long bytes, ToLongFunction<TypeRequest> size) {
            long smallest = size.applyAsLong(request(frontier.after(0)));
            if (smallest > bytes) {
                throw new UnsupportedException("a file of " + bytes + " bytes: the smallest types take " + smallest
                        + " bytes; allow more, or choose a smaller model");
            }
            return frontier.within(bytes, point -> size.applyAsLong(request(point)));
        }

        /** The first point with a measured loss within the bound, by bisection: losses fall with nearly every step. */
        private Frontier.Point closeEnough(double maxKl, DivergenceMeter meter) throws IOException {
            int low = 0;
            int high = frontier.steps();
            double best = meter.meanKl(frontier.after(high).types());
            if (best > maxKl) {
                throw new UnsupportedException(String.format(Locale.ROOT,
                        "a mean KL of %s: even the largest types have %.6f on this text; allow more", maxKl, best));
            }
            while (low < high) {
                int middle = (low + high) / 2;
                if (meter.meanKl(frontier.after(middle).types()) <= maxKl) {
                    high = middle;
                } else {
                    low = middle + 1;
                }
            }
            return frontier.after(high);
        }

        private TypeRequest request(Frontier.Point point) {
            List<TypeRequest.TensorChoice> choices = new ArrayList<>(base.overrides());
            new TreeMap<>(point.types()).forEach((name, codec) -> choices.add(
                    new TypeRequest.TensorChoice(Pattern.compile("^" + Pattern.quote(name) + "$"), codec)));
            return new TypeRequest(nearest(point), false, choices, base.keep(), base.output(), base.embedding(), base.classicFused());
        }

        /** The file type named after the type with the most bytes. */
        private FileType nearest(Frontier.Point point) {
            Map<String, Long> bytes = new HashMap<>();
            for (Map.Entry<String, Codec> type : point.types().entrySet()) {
                bytes.merge(type.getValue().name(), type.getValue().bytes(shapes.get(type.getKey()).count()), Long::sum);
            }
            String max = Collections
                    .max(bytes.entrySet(), Map.Entry.<String, Long>comparingByValue().thenComparing(Map.Entry.comparingByKey()))
                    .getKey();
            return FileTypes.ALL.stream().filter(fileType -> fileType.name().equals(max) || fileType.name().equals(max + "_M")).findFirst()
                    .orElse(FileTypes.named("Q4_K_M"));
        }
    }
}

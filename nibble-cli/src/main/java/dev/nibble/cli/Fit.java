package dev.nibble.cli;

import dev.nibble.core.UnsupportedException;
import dev.nibble.core.conversion.ModelSource;
import dev.nibble.core.evaluation.Windows;
import dev.nibble.core.fitting.DivergenceMeter;
import dev.nibble.core.fitting.Frontier;
import dev.nibble.core.fitting.Sensitivity;
import dev.nibble.core.inference.LoadOptions;
import dev.nibble.core.inference.LoadedModel;
import dev.nibble.core.recipe.Mix;
import dev.nibble.core.recipe.Mixes;
import dev.nibble.core.recipe.TypeRequest;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Chooses a type for every tensor by what it costs, and says afterwards what all of them cost together. */
final class Fit implements AutoCloseable {
    private static final int POINTS = 12;

    private final FitOptions wanted;
    private final ModelSource source;
    private final LoadOptions options;
    private final DivergenceMeter meter;
    private final Windows windows;
    private final Map<String, Shape> shapes;
    private Frontier frontier = new Frontier(List.of());
    private Frontier.Point chosen = new Frontier.Point(Map.of(), 0, 0);

    private Fit(FitOptions wanted, ModelSource source, LoadOptions options, DivergenceMeter meter, Windows windows) {
        this.wanted = wanted;
        this.source = source;
        this.options = options;
        this.meter = meter;
        this.windows = windows;
        this.shapes = source.tensors().stream().collect(Collectors.toMap(tensor -> tensor.info().name(), tensor -> tensor.info().shape()));
    }

    static Fit start(FitOptions wanted, Path model, ModelSource source, CalibrationChoice calibration, LoadOptions options)
            throws IOException {
        Windows windows = calibration.windows(model, source, options);
        return new Fit(wanted, source, options, DivergenceMeter.open(model, source, options, windows), windows);
    }

    /**
     * Measures and chooses.
     *
     * @param size the exact bytes of a file of such types
     */
    TypeRequest choose(TypeRequest base, ToLongFunction<TypeRequest> size) throws IOException {
        Sensitivity sensitivity = new Sensitivity(source);
        try (ProgressDisplay line = new ProgressDisplay()) {
            frontier = new Frontier(sensitivity.measure(meter, line));
        }
        chosen = wanted.isBudget() ? within(base, size) : closeEnough();
        return request(base, chosen);
    }

    private Frontier.Point within(TypeRequest base, ToLongFunction<TypeRequest> size) {
        long smallest = size.applyAsLong(request(base, frontier.after(0)));
        if (smallest > wanted.bytes()) {
            throw new UnsupportedException("--fit " + wanted.bytes() + " bytes: the smallest types take " + smallest
                    + " bytes; give more, or take a smaller model");
        }
        return frontier.within(wanted.bytes(), point -> size.applyAsLong(request(base, point)));
    }

    /** The first point whose measured loss is within the bound; losses fall with every step, or nearly so. */
    private Frontier.Point closeEnough() throws IOException {
        int low = 0;
        int high = frontier.steps();
        double best = meter.meanKl(frontier.after(high).types());
        if (best > wanted.maxKl()) {
            throw new UnsupportedException(String.format(Locale.ROOT,
                    "--max-kl %s: even the largest types have %.6f on this text; allow more", wanted.maxKl(), best));
        }
        while (low < high) {
            int middle = (low + high) / 2;
            if (meter.meanKl(frontier.after(middle).types()) <= wanted.maxKl()) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return frontier.after(high);
    }

    private TypeRequest request(TypeRequest base, Frontier.Point point) {
        List<TypeRequest.TensorChoice> choices = new ArrayList<>(base.overrides());
        new TreeMap<>(point.types()).forEach((name, codec) -> choices.add(
                new TypeRequest.TensorChoice(Pattern.compile("^" + Pattern.quote(name) + "$"), codec)));
        return new TypeRequest(nearest(point), false, choices, base.keep(), base.output(), base.embedding(), base.classicFused());
    }

    /** What the file is called: the mix of the type that most bytes are in. */
    private Mix nearest(Frontier.Point point) {
        Map<String, Long> bytes = new HashMap<>();
        for (Map.Entry<String, Codec> type : point.types().entrySet()) {
            bytes.merge(type.getValue().name(), type.getValue().bytes(shapes.get(type.getKey()).count()), Long::sum);
        }
        String most = Collections
                .max(bytes.entrySet(), Map.Entry.<String, Long>comparingByValue().thenComparing(Map.Entry.comparingByKey()))
                .getKey();
        return Mixes.ALL.stream().filter(mix -> mix.name().equals(most) || mix.name().equals(most + "_M")).findFirst()
                .orElse(Mixes.named("Q4_K_M"));
    }

    /** The mean KL of the file that was written. */
    double measured(Path file) throws IOException {
        try (LoadedModel model = LoadedModel.open(file, options)) {
            return meter.meanKl(model);
        }
    }

    /** What was found, for people. */
    void print(double measured) {
        System.out.printf(Locale.ROOT, "mean KL %.6f, measured on %d windows of %d tokens (the tensors' own losses add up to %.6f)%n",
                measured,
                windows.count(), windows.context(), chosen.loss());
    }

    /** The same for scripts, with points between the smallest and the best choice as they are expected to be. */
    Map<String, Object> facts(double measured) {
        List<Map<String, Object>> points = new ArrayList<>();
        for (int i = 0; i <= POINTS; i++) {
            Frontier.Point point = frontier.after(frontier.steps() * i / POINTS);
            points.add(Map.of("tensor_bytes", point.bytes(), "expected_kl", point.loss()));
        }
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("mean_kl", measured);
        facts.put("expected_kl", chosen.loss());
        facts.put("tokens", windows.scored());
        facts.put("pareto", points);
        return facts;
    }

    @Override
    public void close() throws IOException {
        meter.close();
    }
}

package dev.nibble.core.fold;

import dev.nibble.ProgressListener;
import dev.nibble.core.conversion.ModelSource;
import dev.nibble.core.conversion.TensorSource;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Stage;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.model.mapping.SharedInputGroup;
import dev.nibble.core.model.mapping.TensorName;
import dev.nibble.core.quantization.Awq;
import dev.nibble.core.quantization.SmoothQuant;
import dev.nibble.core.quantization.Statistics;
import dev.nibble.core.recipe.ActivationScaling;
import dev.nibble.core.tensor.Codec;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * Searches the scales of a model's inputs, group by group, and folds them into the producers of the inputs. Inputs without a suitable
 * producer are left unscaled.
 */
public final class ScaleSearch {
    /** Scales found earlier, by the first layer of their group; new ones are added. */
    public interface FoundScales {
        Optional<float[]> findScale(String layer) throws IOException;

        void addScale(String layer, float[] scale) throws IOException;
    }

    /**
     * The result of a search.
     *
     * @param source  the model with its scales folded in; to be closed in place of the original
     * @param scales  divisors of a layer's inputs, by its name in GGUF without {@code .weight}
     * @param folded  groups with a scale
     * @param groups  all groups with a layer to quantize
     */
    public record Result(ModelSource source, Map<String, float[]> scales, int folded, int groups) {}

    private final ModelSource source;
    private final ActivationScaling scaling;
    private final Function<String, Optional<Codec>> codecs;
    private final Function<String, Optional<Statistics>> inputs;
    private final Workers workers;
    private final Optional<? extends FoundScales> journal;

    /**
     * @param codecs codec of a layer, by its name in GGUF without {@code .weight}; empty for layers that are not quantized
     * @param inputs  the statistics of its inputs, by the same name
     * @param journal scales found earlier, extended with new ones
     */
    public ScaleSearch(ModelSource source, ActivationScaling scaling, Function<String, Optional<Codec>> codecs,
            Function<String, Optional<Statistics>> inputs, Workers workers, Optional<? extends FoundScales> journal) {
        this.source = source;
        this.scaling = scaling;
        this.codecs = codecs;
        this.inputs = inputs;
        this.workers = workers;
        this.journal = journal;
    }

    /** Searches; holds the weights of one group at a time. */
    public Result run(ProgressListener listener) throws IOException {
        if (scaling == ActivationScaling.NONE) {
            return new Result(source, Map.of(), 0, 0);
        }
        List<SharedInputGroup> groups = source.inputGroups().stream().filter(group -> group.layers().stream().anyMatch(this::isQuantized))
                .toList();
        Folding folding = new Folding();
        Map<String, float[]> scales = new HashMap<>();
        int folded = 0;
        Stage stage = new Stage(listener, "searching scales", "inputs", groups.size());
        for (SharedInputGroup group : groups) {
            if (!(group.producer() instanceof SharedInputGroup.Producer.Unfoldable)) {
                float[] scale = scaleOf(group, folding);
                folding.scale(group, scale);
                group.layers().forEach(layer -> scales.put(layer, scale));
                folded++;
            }
            stage.advance(group.layers().getFirst(), 1);
        }
        return new Result(source.withTensors(folding.apply(source.tensors())), scales, folded, groups.size());
    }

    /** The result of {@link #run} without the scales: the same tensors are changed, to the same types. */
    public static ModelSource unsearched(ModelSource source, ActivationScaling scaling, Function<String, Optional<Codec>> codecs) {
        if (scaling == ActivationScaling.NONE) {
            return source;
        }
        Map<String, Integer> columns = source.tensors().stream().collect(
                Collectors.toMap(tensor -> tensor.info().name(), tensor -> Math.toIntExact(tensor.info().shape().columns())));
        Folding folding = new Folding();
        source.inputGroups().stream().filter(group -> group.layers().stream().anyMatch(layer -> codecs.apply(layer).isPresent()))
                .filter(group -> !(group.producer() instanceof SharedInputGroup.Producer.Unfoldable)).forEach(group -> {
                    float[] ones = new float[columns.get(group.layers().getFirst().replaceFirst("_exps\\.\\d+$", "_exps") + ".weight")];
                    Arrays.fill(ones, 1);
                    folding.scale(group, ones);
                });
        return source.withTensors(folding.apply(source.tensors()));
    }

    private float[] scaleOf(SharedInputGroup group, Folding folding) throws IOException {
        String name = group.layers().getFirst();
        Optional<float[]> known = journal.isPresent() ? journal.get().findScale(name) : Optional.empty();
        if (known.isPresent()) {
            return known.get();
        }
        float[] scale = scale(group, folding.apply(source.tensors()));
        if (journal.isPresent()) {
            journal.get().addScale(name, scale);
        }
        return scale;
    }

    private boolean isQuantized(String layer) {
        return codecs.apply(layer).isPresent();
    }

    private float[] scale(SharedInputGroup group, List<TensorSource> tensors) {
        Map<String, TensorSource> byName = tensors.stream()
                .collect(Collectors.toMap(tensor -> tensor.info().name(), UnaryOperator.identity()));
        List<Matrix> weights = new ArrayList<>();
        for (String layer : group.layers()) {
            TensorSource tensor = byName.get(TensorName.weight(layer));
            Matrix weight = Matrix.of(Math.toIntExact(tensor.info().shape().rows()), Math.toIntExact(tensor.info().shape().columns()));
            tensor.read(0, weight.rows(), weight.data(), 0);
            weights.add(weight);
        }
        Statistics known = inputs.apply(group.layers().getFirst()).orElseThrow(() -> new UnsupportedException(
                "the calibration knows no layer " + group.layers().getFirst() + "; was it made for this model?"));
        try {
            return switch (scaling) {
                case ACTIVATION_AWARE -> Awq.DEFAULT.search(weights, coarsest(group), known, workers).scale();
                case SMOOTHED -> SmoothQuant.DEFAULT.scale(weights, known);
                case NONE -> throw new IllegalStateException("nothing to search");
            };
        } catch (UnsupportedException e) {
            throw e.in("layers " + group.layers());
        }
    }

    private Codec coarsest(SharedInputGroup group) {
        return group.layers().stream().flatMap(layer -> codecs.apply(layer).stream()).min(Comparator.comparingDouble(Codec::bitsPerWeight))
                .orElseThrow();
    }
}

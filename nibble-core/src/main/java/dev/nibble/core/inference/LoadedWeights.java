package dev.nibble.core.inference;

import dev.nibble.LoadOptions;
import dev.nibble.core.backend.Backends;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.conversion.ModelSource;
import dev.nibble.core.conversion.TensorSource;
import dev.nibble.core.kernel.Ops;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.model.Embedding;
import dev.nibble.core.model.Linear;
import dev.nibble.core.model.OutputSlice;
import dev.nibble.core.model.Weights;
import dev.nibble.core.model.mapping.TensorName;
import dev.nibble.core.tensor.ActivationQuantization;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.Transform;
import dev.nibble.core.tensor.Weight;
import dev.nibble.error.MalformedFileException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The layers of a model file. Weights stay mapped; only those that a Hugging Face file stores in another order are copied. */
final class LoadedWeights implements Weights {
    private static final int CHUNK = 1 << 22; // values converted at once
    private static final int SHOWN = 10;
    private static final String SCALE = ".scale"; // of a whole matrix, written by llama.cpp's converter for NVFP4
    private static final String INPUT_SCALE = ".input_scale"; // for kernels that round inputs to four bits; these do not

    /**
     * Environment of the loaded weights.
     *
     * @param arena for copies and repacked weights
     */
    record Loading(LoadOptions options, Workers workers, Arena arena, LoadStatistics statistics) {}

    /**
     * State shared by all views of the same weights.
     *
     * @param wholes fused layers that others are slices of, by their values
     * @param used   names of the tensors that the model asked for
     */
    private record Shared(Path file, Map<String, TensorSource> sources, Map<String, Weight> copied, Map<Tensor, Linear> wholes,
            Map<String, Tensor> replaced, Set<String> used) {}

    private final Shared shared;
    private final Loading loading;
    private final String prefix;

    private LoadedWeights(Shared shared, Loading loading, String prefix) {
        this.shared = shared;
        this.loading = loading;
        this.prefix = prefix;
    }

    static LoadedWeights of(ModelSource source, Loading loading) {
        Map<String, TensorSource> sources = new LinkedHashMap<>();
        source.tensors().forEach(tensor -> sources.put(tensor.info().name(), tensor));
        return new LoadedWeights(
                new Shared(source.checkpoint().path(), sources, new HashMap<>(), new IdentityHashMap<>(), Map.of(),
                        new HashSet<>()),
                loading, "");
    }

    /** A view with some matrices replaced. @param replaced matrices by the layer's name, followed by an expert's number */
    LoadedWeights replacing(Map<String, Tensor> replaced, Arena arena) {
        return new LoadedWeights(
                new Shared(shared.file, shared.sources, new HashMap<>(shared.copied), new IdentityHashMap<>(), Map.copyOf(replaced),
                        new HashSet<>()),
                new Loading(loading.options, loading.workers, arena, new LoadStatistics()), prefix);
    }

    /**
     * Refuses tensors that the model did not ask for: it would compute without them.
     *
     * @throws MalformedFileException naming them
     */
    void refuseUnused() {
        List<String> unused = shared.sources.keySet().stream().filter(name -> !shared.used.contains(name) && !name.endsWith(INPUT_SCALE))
                .toList();
        if (!unused.isEmpty()) {
            String names = unused.stream().limit(SHOWN).map(MalformedFileException::printable).collect(Collectors.joining(", "));
            throw new MalformedFileException("TENSOR_UNKNOWN", shared.file, -1, "", unused.size() + " unknown: " + names
                    + (unused.size() > SHOWN ? ", …" : "")
                    + "; Nibble computes models of this family without them, results would be wrong");
        }
    }

    @Override
    public Linear linear(String name, int outputs, int inputs) {
        return scaled(name, weight(TensorName.weight(name), Shape.of(outputs, inputs)), optionalVector(name + ".bias", outputs));
    }

    /** A layer with the factor of its whole matrix, if the file stores one. The embedding's is not known to any reader. */
    private Linear scaled(String name, Weight weight, Optional<float[]> bias) {
        boolean embedding = TensorName.weight(prefix + name).equals(TensorName.TOKEN_EMBEDDING);
        return scaled(name, weight, bias, embedding ? Optional.empty() : optionalVector(name + SCALE, 1), 0);
    }

    private Linear scaled(String name, Weight weight, Optional<float[]> bias, Optional<float[]> factors, int matrix) {
        return factors.isEmpty()
                ? dense(name, weight, bias)
                : new ScaledLinear(dense(name, weight, Optional.empty()), factors.get()[matrix], bias);
    }

    @Override
    public Linear part(String name, int outputs, int inputs, int first, int count) {
        Weight whole = weight(TensorName.weight(name), Shape.of(outputs, inputs));
        Optional<float[]> bias = optionalVector(name + ".bias", outputs).map(all -> Arrays.copyOfRange(all, first, first + count));
        return scaled(name, whole.rows(first, count), bias);
    }

    @Override
    public List<Linear> experts(String name, int experts, int outputs, int inputs) {
        List<Linear> layers = new ArrayList<>();
        if (!has(name + "_exps.weight")) {
            for (int i = 0; i < experts; i++) {
                layers.add(linear(name + "." + i, outputs, inputs));
            }
            return layers;
        }
        Weight all = weight(name + "_exps.weight", Shape.of(experts, outputs, inputs));
        Optional<float[]> factors = optionalVector(name + "_exps" + SCALE, experts);
        for (int i = 0; i < experts; i++) {
            Weight own = replaced(name + "_exps." + i, Shape.of(outputs, inputs)).orElse(all.rows((long) i * outputs, outputs));
            layers.add(scaled(name + "_exps", own, bias(name + "_exps.bias", experts, outputs, i), factors, i));
        }
        return layers;
    }

    /** An expert's row of the bias matrix, if there is one. */
    private Optional<float[]> bias(String name, int experts, int outputs, int expert) {
        return has(name)
                ? Optional.of(Arrays.copyOfRange(matrix(name, experts, outputs), expert * outputs, (expert + 1) * outputs))
                : Optional.empty();
    }

    private Linear dense(String name, Weight weight, Optional<float[]> bias) {
        List<Transform> after = weight.outputTransforms();
        if (!after.isEmpty() && after.getFirst() instanceof Transform.Padding padding) {
            Linear whole = shared.wholes.computeIfAbsent(weight.values(), values -> {
                List<Transform> others = after.subList(1, after.size());
                return dense(name, new Weight(values, weight.inputTransforms(), others, weight.inputQuantization()), Optional.empty());
            });
            return new OutputSlice(whole, padding.places(), bias);
        }
        if (weight.inputTransforms().isEmpty() && after.isEmpty()) {
            return product(name, weight, bias);
        }
        return new TransformedLinear(product(name, weight, Optional.empty()), weight, bias, loading.workers);
    }

    /** The matrix product, in integers if activations are quantized. */
    private Linear product(String name, Weight weight, Optional<float[]> bias) {
        if (!weight.values().codec().rowParts().isEmpty()) {
            return new ColumnSplitLinear(parts(name, weight), bias);
        }
        Backends.Prepared prepared = loading.options.backends().prepare(weight.values(), loading.arena);
        loading.statistics.prepared(prefix + name, weight.values(), prepared.backend());
        ActivationQuantization rounding = loading.options.inputQuantization().orElse(weight.inputQuantization());
        if (!rounding.equals(ActivationQuantization.NONE) && weight.values().codec().multipliesIntegers()) {
            return new Int8Linear(weight.values(), prepared.kernel(), rounding, bias, loading.workers);
        }
        return new DenseLinear(weight.values(), prepared.kernel(), bias, loading.workers);
    }

    /** Layers for the parts of the rows, each with one group size. */
    private List<Linear> parts(String name, Weight weight) {
        List<Linear> layers = new ArrayList<>();
        Tensor whole = weight.values();
        long at = 0;
        for (Codec.RowPart part : whole.codec().rowParts()) {
            long bytes = part.codec().bytes(part.columns());
            MemorySegment data = loading.arena.allocate(whole.rows() * bytes, Long.SIZE);
            for (long row = 0; row < whole.rows(); row++) {
                MemorySegment.copy(whole.data(), row * whole.rowBytes() + at, data, row * bytes, bytes);
            }
            at += bytes;
            Tensor values = new Tensor(part.codec(), Shape.of(whole.rows(), part.columns()), data);
            layers.add(product(name, Weight.of(values).with(weight.inputQuantization()), Optional.empty()));
        }
        return layers;
    }

    @Override
    public Embedding embedding(String name, int rows, int width) {
        return new TableEmbedding(weight(TensorName.weight(name), Shape.of(rows, width)));
    }

    @Override
    public float[] vector(String name, int size) {
        float[] values = new float[size];
        source(name, Shape.of(size)).read(0, 1, values, 0);
        return values;
    }

    @Override
    public float[] matrix(String name, int rows, int columns) {
        float[] values = new float[Math.multiplyExact(rows, columns)];
        source(name, Shape.of(rows, columns)).read(0, rows, values, 0);
        return values;
    }

    @Override
    public boolean has(String name) {
        return shared.sources.containsKey(prefix + name);
    }

    @Override
    public Weights under(String morePrefix) {
        return new LoadedWeights(shared, loading, prefix + morePrefix);
    }

    @Override
    public Ops ops() {
        return loading.options.backends().ops();
    }

    @Override
    public Workers workers() {
        return loading.workers;
    }

    private TensorSource source(String name, Shape expected) {
        TensorSource source = shared.sources.get(prefix + name);
        if (source == null) {
            throw new MalformedFileException("TENSOR_MISSING", shared.file, -1, prefix + name,
                    "is missing; the model needs it with shape " + expected);
        }
        shared.used.add(prefix + name);
        Shape found = source.info().shape();
        if (!found.equals(expected) && !(expected.rank() == 2 && expected.rows() == 1 && found.equals(Shape.of(expected.columns())))) {
            throw new MalformedFileException("TENSOR_SHAPE", shared.file, -1, prefix + name,
                    "has shape " + found + "; the model's configuration asks for " + expected);
        }
        return source;
    }

    private Weight weight(String name, Shape expected) {
        TensorSource source = source(name, expected);
        Optional<Weight> other = replaced(TensorName.withoutWeight(name), expected);
        if (other.isPresent()) {
            return other.get();
        }
        if (shared.copied.containsKey(prefix + name)) {
            return shared.copied.get(prefix + name);
        }
        Optional<Weight> whole = source.whole();
        if (whole.isPresent()) {
            shared.copied.put(prefix + name, whole.get());
            return whole.get();
        }
        if (!source.info().codec().rowParts().isEmpty()) {
            return weight(copy(source, Arena.ofAuto()), source); // its parts are copied again
        }
        Optional<Tensor> raw = source.raw();
        if (raw.isPresent()) {
            return weight(raw.get(), source);
        }
        Weight copy = weight(copy(source, loading.arena), source);
        shared.copied.put(prefix + name, copy);
        return copy;
    }

    private Optional<Weight> replaced(String layer, Shape expected) {
        Optional<Tensor> other = Optional.ofNullable(shared.replaced.get(prefix + layer));
        other.filter(tensor -> !tensor.shape().equals(expected)).ifPresent(tensor -> {
            throw new IllegalArgumentException(prefix + layer + " of shape " + tensor.shape() + ", expected " + expected);
        });
        return other.map(Weight::of);
    }

    private static Weight weight(Tensor values, TensorSource source) {
        return new Weight(values, source.inputTransforms(), List.of(), source.inputQuantization());
    }

    private Tensor copy(TensorSource source, Arena arena) {
        Codec codec = source.info().codec();
        Shape shape = source.info().shape();
        MemorySegment data = arena.allocate(codec.bytes(shape.count()), Long.SIZE);
        Tensor tensor = new Tensor(codec, shape, data);
        if (shape.rows() > 0 && source.rawRow(0).isPresent()) {
            for (long row = 0; row < shape.rows(); row++) {
                MemorySegment.copy(source.rawRow(row).orElseThrow(), 0, data, row * tensor.rowBytes(), tensor.rowBytes());
            }
            return tensor;
        }
        int rows = (int) Math.max(1, Math.min(CHUNK / Math.max(1, shape.columns()), shape.rows()));
        float[] values = new float[Math.multiplyExact(rows, Math.toIntExact(shape.columns()))];
        for (long row = 0; row < shape.rows(); row += rows) {
            int count = (int) Math.min(rows, shape.rows() - row);
            source.read(row, count, values, 0);
            Plain.F32.encode(values, 0, count * (int) shape.columns(), Importance.EQUAL, data, row * tensor.rowBytes());
        }
        return tensor;
    }
}

package dev.nibble.core.job;

import static dev.nibble.core.tensor.LittleEndian.FLOAT;

import dev.nibble.ProgressListener;
import dev.nibble.QuantizationReport;
import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.conversion.ModelSource;
import dev.nibble.core.conversion.StoredTensor;
import dev.nibble.core.conversion.TensorSource;
import dev.nibble.core.fold.ChangedTensor;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Stage;
import dev.nibble.core.layout.ConfigPart;
import dev.nibble.core.layout.ModelFiles;
import dev.nibble.core.layout.QuantizationConfig;
import dev.nibble.core.layout.QuantizedDirectoryWriter;
import dev.nibble.core.model.mapping.TensorMapping;
import dev.nibble.core.model.mapping.TensorName;
import dev.nibble.core.plan.PlannedTensor;
import dev.nibble.core.plan.TensorRole;
import dev.nibble.core.plan.TypePlanner;
import dev.nibble.core.quantization.Hessian;
import dev.nibble.core.recipe.MethodRequest;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.core.tensor.Weight;
import dev.nibble.error.Advice;
import dev.nibble.error.Setting;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Quantizes a Hugging Face directory into another one: the layers' matrices in one layout, everything else unchanged. Embeddings, the
 * output matrix, norms and routers stay plain; those with scales folded in become F32.
 *
 * <p>
 * All workers quantize one layer at a time. The bytes depend on the source, the request and the calibration only.
 */
public final class QuantizedDirectoryJob {
    private static final String WEIGHTS = "model.safetensors";

    private final ModelSource source;
    private final Path directory;
    private final MethodRequest request;
    private final List<StoredTensor> modules = new ArrayList<>();
    private final List<StoredTensor> others = new ArrayList<>();
    private final Map<MethodRequest, List<StoredTensor>> kinds = new LinkedHashMap<>(); // modules by their settings
    private final Map<String, Codec> codecs = new LinkedHashMap<>(); // by the layer's name in GGUF
    private final Map<String, TensorSource> tensors;

    /**
     * Plans the job; nothing is read or written yet.
     *
     * @throws UnsupportedException if there is nothing to quantize, or groups do not divide the rows of a layer
     */
    public QuantizedDirectoryJob(ModelSource source, Path model, MethodRequest request) throws IOException {
        this.source = source;
        this.directory = Files.isDirectory(model) ? model : model.toAbsolutePath().getParent();
        this.request = request;
        this.tensors = source.tensors().stream().collect(Collectors.toMap(tensor -> tensor.info().name(), UnaryOperator.identity()));
        check(model);
        source.stored().forEach(stored -> (isLayer(stored) && !isKept(stored) ? modules : others).add(stored));
        if (modules.isEmpty()) {
            throw new UnsupportedException(model + ": no layer is left to be quantized");
        }
        modules.forEach(module -> kinds.computeIfAbsent(request.of(module.rule().gguf()), any -> new ArrayList<>()).add(module));
        kinds.forEach((kind, members) -> {
            int group = kind.groupFor(members.stream().map(StoredTensor::matrixShape).toList());
            members.forEach(module -> codecs.put(module.layer(), kind.codec(module.module(), module.matrixShape(), group)));
        });
        if (kinds.size() > 1) {
            request.format().layout().mixed(configs().getFirst(), configs().subList(1, kinds.size()));
        }
    }

    private void check(Path model) throws IOException {
        if (source.stored().isEmpty()) {
            throw new UnsupportedException(Advice.of(
                    "%s: a directory in the format %s needs a Hugging Face directory as its source; from a GGUF file, write"
                            + " GGUF (%s), or convert it to a directory first (%s)",
                    model, request.format().layout().name(),
                    Setting.FORMAT.of("gguf"), Setting.CONVERT_TO_DIRECTORY.any()));
        }
        if (QuantizationConfig.of(directory).isPresent()) {
            throw new UnsupportedException(
                    Advice.of("%s: its weights are quantized already; start from the original, or convert them to another"
                            + " layout by %s", model, Setting.TRANSCODE.any()));
        }
    }

    /** Whether it is a layer's matrix to quantize: no embedding, output matrix, norm or router. */
    static boolean isLayer(StoredTensor stored) {
        TensorMapping mapping = stored.rule().mapping();
        TensorRole role = TensorRole.of(stored.rule().gguf());
        boolean matrix = stored.matrixShape().rank() == 2 && !(mapping instanceof TensorMapping.Plus) && TensorName.isWeight(stored.name());
        boolean outside = role == TensorRole.OUTPUT || role == TensorRole.TOKEN_EMBEDDING;
        TensorInfo gguf = new TensorInfo(stored.rule().gguf(), Plain.F32, stored.matrixShape());
        return matrix && !outside && TypePlanner.isQuantizable(gguf);
    }

    private boolean isKept(StoredTensor stored) {
        return request.keep().stream()
                .anyMatch(pattern -> pattern.matcher(stored.name()).find() || pattern.matcher(stored.rule().gguf()).find());
    }

    /** Target codec of a layer by its name in GGUF without {@code .weight}; empty if it is not quantized. */
    public Optional<Codec> codec(String layer) {
        return Optional.ofNullable(codecs.get(layer));
    }

    /** All tensors of the directory with their codecs, quantized ones first. */
    public List<PlannedTensor> plan() {
        List<PlannedTensor> plan = new ArrayList<>();
        modules.forEach(module -> plan.add(planned(module)));
        others.forEach(other -> plan.add(new PlannedTensor(source.checkpoint().info(other.name()), otherInfo(other).codec(), "")));
        return plan;
    }

    private PlannedTensor planned(StoredTensor module) {
        Codec before = source.checkpoint().info(module.name()).codec();
        return new PlannedTensor(new TensorInfo(module.name(), before, module.matrixShape()), codecs.get(module.layer()), "");
    }

    /** Result type of a plain tensor: unchanged, or F32 with scales folded in. */
    private TensorInfo otherInfo(StoredTensor other) {
        TensorInfo stored = source.checkpoint().info(other.name());
        return isChanged(other) ? new TensorInfo(other.name(), Plain.F32, stored.shape()) : stored;
    }

    private boolean isChanged(StoredTensor other) {
        return tensors.get(other.rule().gguf()) instanceof ChangedTensor;
    }

    /** Exact size of the weight file. */
    public long bytes() {
        return QuantizedDirectoryWriter.weightBytes(request.format().layout(), configs(), quantized(), plain());
    }

    private List<TensorInfo> quantized() {
        return modules.stream().map(module -> new TensorInfo(module.module(), codecs.get(module.layer()), module.matrixShape())).toList();
    }

    private List<TensorInfo> plain() {
        return others.stream().map(this::otherInfo).toList();
    }

    /** Working memory of the largest layer, in bytes. */
    public long workingBytes() {
        return modules.stream().map(StoredTensor::matrixShape).mapToLong(shape -> LayerQuantizer.workingBytes(shape.rows(), shape.columns(),
                request.method().needs().contains(Hessian.class))).max().orElse(0);
    }

    /**
     * Writes the directory, weights last: a directory with weights is complete.
     *
     * @param overwrite whether existing files may be replaced
     */
    public QuantizationReport run(Path target, boolean overwrite, LayerQuantizer layers, ProgressListener listener) throws IOException {
        long start = System.nanoTime();
        if (Files.exists(target) && Files.isSameFile(target, directory)) {
            throw new UnsupportedException(target + " is the model itself; name another directory");
        }
        boolean created = Files.notExists(target);
        Stage stage = new Stage(listener, "quantizing", "bytes", PlannedTensor.sourceBytes(plan()));
        List<EncodingResult> results = new ArrayList<>();
        try (QuantizedDirectoryWriter writer = QuantizedDirectoryWriter.create(target, ModelFiles.of(directory), request.format().layout(),
                configs(), quantized(), plain(), overwrite)) {
            for (StoredTensor module : layers.ordered(modules, StoredTensor::layer)) {
                results.add(quantize(module, layers, writer));
                stage.advance(module.name(), source.checkpoint().info(module.name()).bytes());
            }
            for (StoredTensor other : others) {
                Checkpoint.<Void, IOException>guarded(directory, () -> {
                    copy(other, writer);
                    return null;
                });
                stage.advance(other.name(), source.checkpoint().info(other.name()).bytes());
                results.add(new EncodingResult(new PlannedTensor(otherInfo(other), otherInfo(other).codec(), ""), 0, 0, 0, 0, 0));
            }
            source.checkpoint().verifyUnchanged();
            writer.commit();
        } catch (IOException | RuntimeException e) {
            if (created) {
                removeIfEmpty(target);
            }
            throw e;
        }
        long before = source.stored().stream().mapToLong(stored -> source.checkpoint().info(stored.name()).bytes()).sum();
        return new QuantizationReport(target, request.format().layout().name(), Files.size(target.resolve(WEIGHTS)), before,
                (System.nanoTime() - start) / 1e9, results.stream().map(EncodingResult::result).toList());
    }

    /** Settings of most modules, then those of others. */
    private List<ConfigPart> configs() {
        List<String> plain = others.stream().filter(other -> other.matrixShape().rank() == 2 && TensorName.isWeight(other.name())
                && TensorRole.of(other.rule().gguf()) != TensorRole.TOKEN_EMBEDDING).map(StoredTensor::module).toList();
        List<ConfigPart> parts = new ArrayList<>();
        kinds.forEach((kind, members) -> parts.add(new ConfigPart(config(kind, codecs.get(members.getFirst().layer()), plain),
                members.stream().map(StoredTensor::module).toList())));
        parts.sort(Comparator.comparingInt(part -> -part.modules().size()));
        return parts;
    }

    private static Map<String, Object> config(MethodRequest kind, Codec codec, List<String> plain) {
        Map<String, Object> config = kind.format().layout().config(codec, kind.reordered(), plain);
        return kind.wholeRows() ? kind.format().layout().wholeRows(config) : config;
    }

    private EncodingResult quantize(StoredTensor module, LayerQuantizer layers, QuantizedDirectoryWriter writer) throws IOException {
        Shape shape = module.matrixShape();
        Matrix matrix = Matrix.of(Math.toIntExact(shape.rows()), Math.toIntExact(shape.columns()));
        try (Arena arena = Arena.ofShared()) {
            if (module.isTransposed()) {
                tensors.get(module.rule().gguf()).read(0, matrix.rows(), matrix.data(), 0);
            } else {
                restored(module, arena).read(0, matrix.rows(), matrix.data(), 0);
            }
            Codec codec = codecs.get(module.layer());
            float factor = GlobalScale.of(matrix, codec);
            Weight weight = GlobalScale.times(factor, layers.quantize(module.layer(), GlobalScale.divided(matrix, factor), codec, arena));
            writer.write(module.module(), weight);
            layers.finalizeWeight(module.layer(), weight, module::rowOf);
            LayerQuantizer.Loss loss = layers.loss(matrix, weight);
            return new EncodingResult(planned(module), loss.squaredError(), loss.squaredNorm(), 0, 0, 0);
        }
    }

    /** The directory's tensor with scales folded in. */
    private TensorSource restored(StoredTensor stored, Arena arena) {
        TensorSource gguf = tensors.get(stored.rule().gguf());
        return stored.restored(floats(gguf, arena));
    }

    private static Tensor floats(TensorSource tensor, Arena arena) {
        float[] numbers = tensor.readAll();
        MemorySegment bytes = arena.allocate((long) Float.BYTES * numbers.length, Float.BYTES);
        MemorySegment.copy(numbers, 0, bytes, FLOAT, 0, numbers.length);
        return new Tensor(Plain.F32, tensor.info().shape(), bytes);
    }

    private void copy(StoredTensor other, QuantizedDirectoryWriter writer) throws IOException {
        if (!isChanged(other)) {
            writer.write(other.name(), source.checkpoint().tensor(other.name()));
            return;
        }
        try (Arena arena = Arena.ofShared()) {
            writer.write(other.name(), floats(restored(other, arena), arena));
        }
    }

    private static void removeIfEmpty(Path target) throws IOException {
        if (Files.notExists(target)) {
            return;
        }
        try (Stream<Path> files = Files.list(target)) {
            if (files.findAny().isPresent()) {
                return;
            }
        }
        Files.delete(target);
    }
}

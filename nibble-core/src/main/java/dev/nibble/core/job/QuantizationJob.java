package dev.nibble.core.job;

import dev.nibble.ProgressListener;
import dev.nibble.QuantizationReport;
import dev.nibble.core.checkpoint.gguf.GgufMetadata;
import dev.nibble.core.checkpoint.gguf.GgufWriter;
import dev.nibble.core.checkpoint.imatrix.Imatrix;
import dev.nibble.core.conversion.GgufConversion;
import dev.nibble.core.conversion.ModelSource;
import dev.nibble.core.conversion.TensorSource;
import dev.nibble.core.kernel.Stage;
import dev.nibble.core.kernel.Threads;
import dev.nibble.core.model.mapping.TensorName;
import dev.nibble.core.plan.ModelFacts;
import dev.nibble.core.plan.PlannedTensor;
import dev.nibble.core.plan.TypePlanner;
import dev.nibble.core.plan.TypeRequest;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * Quantizes a model into a GGUF file: plan first, then encode row by row with all cores, holding a few megabytes per worker.
 *
 * <p>
 * The bytes depend on the source and the request only, never on the number of threads.
 */
public final class QuantizationJob {
    private static final int QUANTIZATION_VERSION = 2; // of ggml's block formats
    static final String CHECKSUMS = "nibble.tensors.crc32c";

    private final ModelSource source;
    private final TypeRequest request;
    private final Optional<Imatrix> imatrix;
    private final NonFinitePolicy nonFinite;
    private final Optional<LayerQuantizer> layers;
    private final List<PlannedTensor> plan;
    private final boolean tied;

    /**
     * Plans the job; nothing is read or written yet.
     *
     * @throws dev.nibble.error.UnsupportedException if the request does not fit the model
     */
    public QuantizationJob(ModelSource source, TypeRequest request, Optional<Imatrix> imatrix, NonFinitePolicy nonFinite) {
        this(source, request, imatrix, nonFinite, Optional.empty());
    }

    /**
     * Plans a job in which an algorithm chooses the codes.
     *
     * @param layers the algorithm; empty for rounding to nearest, weighed by the importance matrix if there is one
     */
    public QuantizationJob(ModelSource source, TypeRequest request, Optional<Imatrix> imatrix, NonFinitePolicy nonFinite,
            Optional<LayerQuantizer> layers) {
        this.layers = layers;
        this.source = source;
        this.request = request;
        this.imatrix = imatrix;
        this.nonFinite = nonFinite;
        List<TensorInfo> tensors = source.tensors().stream().map(TensorSource::info)
                .sorted(Comparator.comparing(TensorInfo::name, GgufConversion.FILE_ORDER)).toList();
        Set<String> names = tensors.stream().map(TensorInfo::name).collect(Collectors.toCollection(HashSet::new));
        this.plan = TypePlanner.plan(request, ModelFacts.of(source.metadata(), names, imatrix.isPresent() || knowsInputs()), tensors);
        this.tied = !names.contains("output.weight");
        layers.ifPresent(algorithm -> new CalibratedTensors(algorithm, tied).check(plan));
        checkImportance();
    }

    private QuantizationJob(QuantizationJob planned, ModelSource source, LayerQuantizer layers) {
        this.source = source;
        this.request = planned.request;
        this.imatrix = planned.imatrix;
        this.nonFinite = planned.nonFinite;
        this.layers = Optional.of(layers);
        this.plan = planned.plan;
        this.tied = planned.tied;
    }

    /** The same plan, carried out by an algorithm on tensors that scales were folded into. */
    public QuantizationJob by(LayerQuantizer algorithm, ModelSource scaled) {
        return new QuantizationJob(this, scaled, algorithm);
    }

    private boolean knowsInputs() {
        return layers.isPresent() && layers.get().needsInputs();
    }

    /** The smallest types are refused for a tensor that the importance matrix does not know, as they are without any. */
    private void checkImportance() {
        for (PlannedTensor tensor : plan) {
            String name = tensor.source().name();
            boolean needed = !tensor.isCopy() && TypePlanner.needsImportance(request.fileType(), name, tensor.target());
            if (needed && imatrix.isPresent() && imatrix.get().weights(name).isEmpty()) {
                throw new UnsupportedException("tensor " + name + " as " + tensor.target().name() + " is garbage without importance, and "
                        + imatrix.get().path() + " has none for it; was it made for this model?");
            }
        }
    }

    /** Every tensor with its codec, in the order of the file to be. */
    public List<PlannedTensor> plan() {
        return plan;
    }

    /** What a layer will be stored in, by its name without {@code .weight}; empty if it is not to be quantized. */
    public Optional<Codec> codec(String layer) {
        return plan.stream().filter(tensor -> tensor.source().name().equals(TensorName.weight(layer)) && !tensor.isCopy())
                .map(PlannedTensor::target)
                .filter(codec -> codec.blockSize() > 1).findFirst();
    }

    /** The exact size of the file to be. */
    public long bytes(Provenance provenance) {
        return GgufWriter.fileSize(metadata(provenance), results());
    }

    /** Names of tensors that an importance matrix was given for but which it does not know. */
    public List<String> withoutImportance() {
        return imatrix.map(file -> plan.stream().filter(tensor -> !tensor.isCopy() && file.weights(tensor.source().name()).isEmpty())
                .map(tensor -> tensor.source().name()).toList()).orElse(List.of());
    }

    /**
     * Does it.
     *
     * @param provenance how the file came to be; its inputs are hashed meanwhile
     * @throws IOException if the file cannot be written; then there is none
     */
    public QuantizationReport run(Path target, boolean overwrite, int threads, Provenance provenance, ProgressListener listener)
            throws IOException {
        long start = System.nanoTime();
        FutureTask<GgufMetadata.Value> hashes = new FutureTask<>(provenance::hashes);
        Thread hashing = Thread.ofPlatform().daemon().name("hash-inputs").unstarted(hashes);
        try (GgufWriter writer = GgufWriter.create(target, metadata(provenance), results(), overwrite)) {
            hashing.start();
            List<EncodingResult> outcomes = encode(threads, writer,
                    new Stage(listener, "quantizing", "bytes", PlannedTensor.sourceBytes(plan)));
            source.checkpoint().verifyUnchanged();
            writer.replace(CHECKSUMS, checksums(outcomes));
            writer.replace(provenance.hashesKey(), result(hashes));
            writer.commit();
            double seconds = (System.nanoTime() - start) / 1e9;
            long sourceBytes = source.tensors().stream().mapToLong(tensor -> tensor.info().bytes()).sum();
            return new QuantizationReport(target, request.fileType().name(), bytes(provenance), sourceBytes, seconds,
                    outcomes.stream().map(EncodingResult::result).toList());
        } finally {
            hashes.cancel(true);
            Threads.joinUninterruptibly(hashing);
        }
    }

    /** Writes all tensors. @return their outcomes in the order of the plan */
    private List<EncodingResult> encode(int threads, GgufWriter writer, Stage stage) throws IOException {
        Optional<CalibratedTensors> guided = layers.map(algorithm -> new CalibratedTensors(algorithm, tied));
        Map<Boolean, List<PlannedTensor>> parts = plan.stream()
                .collect(Collectors.partitioningBy(tensor -> guided.isPresent() && guided.get().has(tensor)));
        List<EncodingResult> outcomes = new ArrayList<>();
        if (guided.isPresent()) {
            Map<String, TensorSource> sources = source.tensors().stream()
                    .collect(Collectors.toMap(tensor -> tensor.info().name(), UnaryOperator.identity()));
            outcomes.addAll(guided.get().write(parts.get(true), sources, writer, stage));
        }
        outcomes.addAll(new ParallelEncoder(parts.get(false), source.tensors(), new ImportanceMatrix(imatrix), nonFinite,
                source.checkpoint().path(), writer, stage).run(threads));
        outcomes.sort(Comparator.comparing(outcome -> outcome.tensor().source().name(), GgufConversion.FILE_ORDER));
        return outcomes;
    }

    /** Bytes of the workers' buffers and of the largest layer an algorithm works on, beside the JVM and the page cache. */
    public long workingBytes(int threads) {
        long largestRow = plan.stream().mapToLong(tensor -> tensor.source().shape().columns()).max().orElse(0);
        long numbers = Math.max(ChunkQueue.NUMBERS, largestRow);
        long buffers = threads * numbers * (3L * Float.BYTES); // read, decoded again, and at most as many bytes encoded
        return buffers + layers.map(algorithm -> new CalibratedTensors(algorithm, tied).workingBytes(plan)).orElse(0L);
    }

    private static GgufMetadata.Value result(FutureTask<GgufMetadata.Value> task) throws IOException {
        try {
            return task.get();
        } catch (ExecutionException e) {
            Threads.rethrow(e.getCause());
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private List<TensorInfo> results() {
        return plan.stream().map(PlannedTensor::result).toList();
    }

    private GgufMetadata metadata(Provenance provenance) {
        GgufMetadata metadata = new GgufMetadata(source.metadata());
        List.of("split.no", "split.count", "split.tensors.count").forEach(metadata::remove);
        metadata.putU32("general.quantization_version", QUANTIZATION_VERSION);
        metadata.putU32("general.file_type", request.fileType().number());
        imatrix.ifPresent(file -> {
            metadata.putString("quantize.imatrix.file", file.path().getFileName().toString());
            metadata.putString("quantize.imatrix.dataset", String.join(", ", file.datasets()));
            metadata.putU32("quantize.imatrix.entries_count", file.entries());
            metadata.putU32("quantize.imatrix.chunks_count", file.chunks());
        });
        provenance.addTo(metadata);
        return metadata.put(CHECKSUMS, checksums(List.of()));
    }

    /** One CRC-32C per tensor in file order; zeros while they are not known. */
    private GgufMetadata.Value checksums(List<EncodingResult> outcomes) {
        List<Object> values = new ArrayList<>();
        for (int i = 0; i < plan.size(); i++) {
            values.add(outcomes.isEmpty() ? 0L : Integer.toUnsignedLong(outcomes.get(i).crc32c()));
        }
        return new GgufMetadata.Value(GgufMetadata.Type.ARRAY, GgufMetadata.Type.U32, List.copyOf(values));
    }
}

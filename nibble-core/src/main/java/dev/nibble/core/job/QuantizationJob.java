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
 * Quantizes a model into a GGUF file: plans first, then encodes row by row on all cores, with a few megabytes per worker.
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
     * Plans a calibrated job.
     *
     * @param layers the algorithm; empty for rounding to nearest, weighted by the importance matrix if there is one
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

    /** The same plan, run by an algorithm on tensors with scales folded in. */
    public QuantizationJob by(LayerQuantizer algorithm, ModelSource scaled) {
        return new QuantizationJob(this, scaled, algorithm);
    }

    private boolean knowsInputs() {
        return layers.isPresent() && layers.get().needsInputs();
    }

    /** Refuses the smallest types for a tensor missing in the importance matrix, as without one. */
    private void checkImportance() {
        for (PlannedTensor tensor : plan) {
            String name = tensor.source().name();
            boolean needed = !tensor.isCopy() && TypePlanner.needsImportance(request.fileType(), name, tensor.target());
            if (needed && imatrix.isPresent() && imatrix.get().weights(name).isEmpty()) {
                throw new UnsupportedException("tensor " + name + " as " + tensor.target().name() + " is useless without importance, and "
                        + imatrix.get().path() + " has none for it; was it made for this model?");
            }
        }
    }

    /** All tensors with their codecs, in the order of the output file. */
    public List<PlannedTensor> plan() {
        return plan;
    }

    /** Target codec of a layer by its name without {@code .weight}; empty if it is not quantized. */
    public Optional<Codec> codec(String layer) {
        return plan.stream().filter(tensor -> tensor.source().name().equals(TensorName.weight(layer)) && !tensor.isCopy())
                .map(PlannedTensor::target)
                .filter(codec -> codec.blockSize() > 1).findFirst();
    }

    /** Exact size of the output file. */
    public long bytes(Provenance provenance) {
        return GgufWriter.fileSize(metadata(provenance), results());
    }

    /** Quantized tensors missing in the given importance matrix. */
    public List<String> withoutImportance() {
        return imatrix.map(file -> plan.stream().filter(tensor -> !tensor.isCopy() && file.weights(tensor.source().name()).isEmpty())
                .map(tensor -> tensor.source().name()).toList()).orElse(List.of());
    }

    /**
     * Writes the file.
     *
     * @param provenance origin of the file; its inputs are hashed meanwhile
     * @throws IOException if the file cannot be written; then there is none
     */
    public QuantizationReport run(Path target, boolean overwrite, int threads, Provenance provenance, ProgressListener listener)
            throws IOException {
        long start = System.nanoTime();
        FutureTask<GgufMetadata.Value> hashes = new FutureTask<>(provenance::hashes);
        Thread hashing = Thread.ofPlatform().daemon().name("hash-inputs").unstarted(hashes);
        try (GgufWriter writer = GgufWriter.create(target, metadata(provenance), results(), overwrite)) {
            hashing.start();
            List<EncodingResult> results = encode(threads, writer,
                    new Stage(listener, "quantizing", "bytes", PlannedTensor.sourceBytes(plan)));
            source.checkpoint().verifyUnchanged();
            writer.replace(CHECKSUMS, checksums(results));
            writer.replace(provenance.hashesKey(), result(hashes));
            writer.commit();
            double seconds = (System.nanoTime() - start) / 1e9;
            long sourceBytes = source.tensors().stream().mapToLong(tensor -> tensor.info().bytes()).sum();
            return new QuantizationReport(target, request.fileType().name(), bytes(provenance), sourceBytes, seconds,
                    results.stream().map(EncodingResult::result).toList());
        } finally {
            hashes.cancel(true);
            Threads.joinUninterruptibly(hashing);
        }
    }

    /** Writes all tensors. @return their results in the order of the plan */
    private List<EncodingResult> encode(int threads, GgufWriter writer, Stage stage) throws IOException {
        Optional<CalibratedTensors> calibrated = layers.map(algorithm -> new CalibratedTensors(algorithm, tied));
        Map<Boolean, List<PlannedTensor>> parts = plan.stream()
                .collect(Collectors.partitioningBy(tensor -> calibrated.isPresent() && calibrated.get().has(tensor)));
        List<EncodingResult> results = new ArrayList<>();
        if (calibrated.isPresent()) {
            Map<String, TensorSource> sources = source.tensors().stream()
                    .collect(Collectors.toMap(tensor -> tensor.info().name(), UnaryOperator.identity()));
            results.addAll(calibrated.get().write(parts.get(true), sources, writer, stage));
        }
        results.addAll(new ParallelEncoder(parts.get(false), source.tensors(), new ImportanceMatrix(imatrix), nonFinite,
                source.checkpoint().path(), writer, stage).run(threads));
        results.sort(Comparator.comparing(result -> result.tensor().source().name(), GgufConversion.FILE_ORDER));
        return results;
    }

    /** Working memory in bytes: the workers' buffers and the largest calibrated layer. */
    public long workingBytes(int threads) {
        long largestRow = plan.stream().mapToLong(tensor -> tensor.source().shape().columns()).max().orElse(0);
        long numbers = Math.max(ChunkQueue.NUMBERS, largestRow);
        long buffers = threads * numbers * (3L * Float.BYTES); // read, decoded, and at most as many bytes encoded
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

    /** CRC-32C of each tensor in file order; zeros as placeholders. */
    private GgufMetadata.Value checksums(List<EncodingResult> results) {
        List<Object> values = new ArrayList<>();
        for (int i = 0; i < plan.size(); i++) {
            values.add(results.isEmpty() ? 0L : Integer.toUnsignedLong(results.get(i).crc32c()));
        }
        return new GgufMetadata.Value(GgufMetadata.Type.ARRAY, GgufMetadata.Type.U32, List.copyOf(values));
    }
}

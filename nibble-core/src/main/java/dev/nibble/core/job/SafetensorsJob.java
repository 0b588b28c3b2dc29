package dev.nibble.core.job;

import dev.nibble.ProgressListener;
import dev.nibble.QuantizationReport;
import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.checkpoint.gguf.Gguf;
import dev.nibble.core.checkpoint.io.AtomicFile;
import dev.nibble.core.checkpoint.safetensors.SafetensorsWriter;
import dev.nibble.core.conversion.SafetensorsConversion;
import dev.nibble.core.conversion.TensorSource;
import dev.nibble.core.fold.RotatedModel;
import dev.nibble.core.kernel.Stage;
import dev.nibble.core.layout.ModelFiles;
import dev.nibble.core.plan.PlannedTensor;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Writes a model as an unquantized Hugging Face directory, with the family's names and row order. */
public final class SafetensorsJob {
    private static final String WEIGHTS = "model.safetensors";

    /** Writes the files other than weights. */
    @FunctionalInterface
    private interface OtherFiles {
        void write(Path directory, boolean overwrite) throws IOException;
    }

    private final Checkpoint source;
    private final Codec target;
    private final NonFinitePolicy nonFinite;
    private final List<TensorSource> tensors;
    private final OtherFiles otherFiles;
    private final List<String> warnings;
    private final List<PlannedTensor> plan;

    private SafetensorsJob(Checkpoint source, Codec target, NonFinitePolicy nonFinite, List<TensorSource> tensors, OtherFiles otherFiles,
            List<String> warnings) {
        this.source = source;
        this.target = target;
        this.nonFinite = nonFinite;
        this.tensors = tensors;
        this.otherFiles = otherFiles;
        this.warnings = warnings;
        this.plan = tensors.stream().map(tensor -> new PlannedTensor(tensor.info(), target, "")).toList();
    }

    /** Converts a GGUF file, decoding its weights. @param target F32, F16 or BF16, for every tensor of floats */
    public static SafetensorsJob of(Gguf gguf, Codec target, NonFinitePolicy nonFinite) {
        SafetensorsConversion.Plan conversion = SafetensorsConversion.plan(gguf, gguf.ggufMetadata(), target);
        return new SafetensorsJob(gguf, target, nonFinite, conversion.tensors(), (directory, overwrite) -> {
            for (Map.Entry<String, String> file : conversion.files().entrySet()) {
                AtomicFile.write(directory.resolve(file.getKey()), file.getValue().getBytes(StandardCharsets.UTF_8), overwrite);
            }
        }, conversion.warnings());
    }

    /**
     * Rewrites a Hugging Face directory with rotated tensors.
     *
     * @param target F32, F16 or BF16, for every tensor
     */
    public static SafetensorsJob of(RotatedModel model, Codec target, NonFinitePolicy nonFinite) throws IOException {
        ModelFiles files = model.files(SafetensorsConversion.torchType(target));
        return new SafetensorsJob(model.source().checkpoint(), target, nonFinite, model.stored(), files::write, List.of());
    }

    /** Parts of the model that could not be restored, one line each. */
    public List<String> warnings() {
        return warnings;
    }

    /**
     * Writes the directory, the weights last: a directory with weights is complete.
     *
     * @param overwrite whether existing files may be replaced
     * @throws UnsupportedException if it is the directory that is being read
     */
    public QuantizationReport run(Path directory, boolean overwrite, int threads, ProgressListener listener) throws IOException {
        long start = System.nanoTime();
        if (!(source instanceof Gguf) && Files.exists(directory)
                && Files.isSameFile(directory, source.files().getFirst().toAbsolutePath().getParent())) {
            throw new UnsupportedException(directory + " is the model itself; name another directory");
        }
        boolean created = Files.notExists(directory);
        Files.createDirectories(directory);
        try {
            return write(directory, overwrite, threads, listener, start);
        } catch (IOException | RuntimeException e) {
            if (created) {
                removeIfEmpty(directory);
            }
            throw e;
        }
    }

    private QuantizationReport write(Path directory, boolean overwrite, int threads, ProgressListener listener, long start)
            throws IOException {
        Path weights = directory.resolve(WEIGHTS);
        List<TensorInfo> results = plan.stream().map(PlannedTensor::result).toList();
        try (SafetensorsWriter writer = SafetensorsWriter.create(weights, Map.of(), results, overwrite)) {
            List<EncodingResult> encoded = new ParallelEncoder(plan, tensors, new ImportanceMatrix(Optional.empty()), nonFinite,
                    source.path(), writer,
                    new Stage(listener, "converting", "bytes", PlannedTensor.sourceBytes(plan))).run(threads);
            source.verifyUnchanged();
            otherFiles.write(directory, overwrite);
            writer.commit();
            long sourceBytes = tensors.stream().map(TensorSource::info).mapToLong(TensorInfo::bytes).sum();
            return new QuantizationReport(weights, target.name(), Files.size(weights), sourceBytes, (System.nanoTime() - start) / 1e9,
                    encoded.stream().map(EncodingResult::result).toList());
        }
    }

    private static void removeIfEmpty(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            if (files.findAny().isPresent()) {
                return;
            }
        }
        Files.delete(directory);
    }
}

package dev.nibble.core.recipe;

import dev.nibble.core.checkpoint.AtomicFile;
import dev.nibble.core.checkpoint.Gguf;
import dev.nibble.core.checkpoint.SafetensorsWriter;
import dev.nibble.core.conversion.SafetensorsConversion;
import dev.nibble.core.conversion.TensorSource;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.TensorInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Writes a GGUF file as a Hugging Face directory: weights decoded into plain numbers, names and order of rows as they were. */
public final class SafetensorsJob {
    private static final String WEIGHTS = "model.safetensors";

    private final Gguf source;
    private final NonFinite nonFinite;
    private final SafetensorsConversion.Plan conversion;
    private final List<PlannedTensor> plan;

    /** @param target F32, F16 or BF16, for every tensor that holds floats */
    public SafetensorsJob(Gguf source, Codec target, NonFinite nonFinite) {
        this.source = source;
        this.nonFinite = nonFinite;
        this.conversion = SafetensorsConversion.plan(source, source.ggufMetadata(), target);
        this.plan = conversion.tensors().stream().map(tensor -> new PlannedTensor(tensor.info(), target, "")).toList();
    }

    public List<PlannedTensor> plan() {
        return plan;
    }

    /** What could not be restored. */
    public List<String> warnings() {
        return conversion.warnings();
    }

    /**
     * Writes the directory, the weights last: a directory with weights is complete.
     *
     * @param overwrite whether files that are there may be replaced
     */
    public QuantizationReport run(Path directory, boolean overwrite, int threads, Progress progress) throws IOException {
        long start = System.nanoTime();
        boolean made = Files.notExists(directory);
        Files.createDirectories(directory);
        try {
            return write(directory, overwrite, threads, progress, start);
        } catch (IOException | RuntimeException e) {
            if (made) {
                removeIfEmpty(directory);
            }
            throw e;
        }
    }

    private QuantizationReport write(Path directory, boolean overwrite, int threads, Progress progress, long start) throws IOException {
        Path weights = directory.resolve(WEIGHTS);
        List<TensorInfo> results = plan.stream().map(PlannedTensor::result).toList();
        try (SafetensorsWriter writer = SafetensorsWriter.create(weights, Map.of(), results, overwrite)) {
            List<TensorOutcome> outcomes = new EncodingTeam(plan, conversion.tensors(), new ImportanceMatrix(Optional.empty()),
                    nonFinite,
                    source.path(), writer, progress).run(threads);
            source.verifyUnchanged();
            for (Map.Entry<String, String> file : conversion.files().entrySet()) {
                writeText(directory.resolve(file.getKey()), file.getValue(), overwrite);
            }
            writer.commit();
            long sourceBytes = conversion.tensors().stream().map(TensorSource::info).mapToLong(TensorInfo::bytes).sum();
            return new QuantizationReport(weights, Files.size(weights), sourceBytes, (System.nanoTime() - start) / 1e9, outcomes);
        }
    }

    private static void writeText(Path target, String text, boolean overwrite) throws IOException {
        try (AtomicFile file = AtomicFile.create(target, overwrite)) {
            file.write(0, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
            file.commit();
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

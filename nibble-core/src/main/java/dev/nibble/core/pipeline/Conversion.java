package dev.nibble.core.pipeline;

import dev.nibble.ProgressListener;
import dev.nibble.QuantizationReport;
import dev.nibble.core.checkpoint.gguf.Gguf;
import dev.nibble.core.checkpoint.io.OutputLock;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.conversion.ModelSource;
import dev.nibble.core.conversion.TensorSource;
import dev.nibble.core.fold.RotatedModel;
import dev.nibble.core.job.NonFinitePolicy;
import dev.nibble.core.job.Provenance;
import dev.nibble.core.job.QuantizationJob;
import dev.nibble.core.job.SafetensorsJob;
import dev.nibble.core.job.TranscodingJob;
import dev.nibble.core.layout.WeightLayout;
import dev.nibble.core.plan.FileTypes;
import dev.nibble.core.plan.TypeRequest;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Converts a model to another file format, under a lock on the output. */
public record Conversion(Path model, Path output, boolean overwrite, int threads, NonFinitePolicy nonFinite, ProgressListener listener) {
    /** Writes one format. */
    @FunctionalInterface
    private interface Writing {
        QuantizationReport write(ModelSource source) throws IOException;
    }

    private QuantizationReport locked(Writing writing) throws IOException {
        try (OutputLock _ = OutputLock.of(output); ModelSource source = ModelSource.open(model)) {
            source.warnings().forEach(listener::warning);
            return writing.write(source);
        }
    }

    /**
     * Writes an unquantized GGUF file.
     *
     * @param type F32, F16 or BF16
     * @param rotation seed of a rotation of the hidden state; empty for none
     */
    public QuantizationReport toGguf(String type, OptionalLong rotation) throws IOException {
        return locked(source -> toGguf(rotation.isPresent() ? RotatedModel.of(model, source, rotation.getAsLong()).source() : source,
                TypeRequest.of(FileTypes.named(type))));
    }

    /** Writes a GGUF file with quantized weights unchanged, bit for bit. */
    public QuantizationReport toExactGguf() throws IOException {
        return locked(source -> {
            ModelSource exact = source.inGgufTypes();
            return toGguf(exact, new TypeRequest(FileTypes.named(mostCommonType(exact)), false, List.of(), List.of(Pattern.compile("")),
                    Optional.empty(), Optional.empty(), false));
        });
    }

    /** Type with the most bytes, which names the file type. */
    private static String mostCommonType(ModelSource source) {
        Map<String, Long> bytes = source.tensors().stream().map(TensorSource::info)
                .collect(Collectors.groupingBy(info -> info.codec().name(), Collectors.summingLong(TensorInfo::bytes)));
        return Collections.max(bytes.entrySet(), Map.Entry.comparingByValue()).getKey();
    }

    private QuantizationReport toGguf(ModelSource source, TypeRequest request) throws IOException {
        OutputName.check(false, output, source.files(), overwrite);
        Provenance provenance = new Provenance(BuildVersion.number(), Provenance.options(request), source.files());
        return new QuantizationJob(source, request, Optional.empty(), nonFinite).run(output, overwrite, threads, provenance, listener);
    }

    /** Writes an unquantized Hugging Face directory; parameters as in {@link #toGguf}. */
    public QuantizationReport toSafetensors(String type, OptionalLong rotation) throws IOException {
        return locked(source -> {
            SafetensorsJob job = safetensors(source, Plain.valueOf(type), rotation);
            if (Files.exists(output) && !Files.isDirectory(output)) {
                throw new IOException(output + ": is a file; name a directory for config.json, model.safetensors and the tokenizer");
            }
            job.warnings().forEach(listener::warning);
            return job.run(output, overwrite, threads, listener);
        });
    }

    private SafetensorsJob safetensors(ModelSource source, Plain type, OptionalLong rotation) throws IOException {
        if (rotation.isPresent()) {
            return SafetensorsJob.of(RotatedModel.of(model, source, rotation.getAsLong()), type, nonFinite);
        }
        if (source.checkpoint() instanceof Gguf file) {
            return SafetensorsJob.of(file, type, nonFinite);
        }
        throw new UnsupportedException(model + ": only GGUF files can be converted to safetensors; rotated, also directories");
    }

    /** Writes a directory in another layout of quantized weights, bit for bit equal. @return one certificate per weight */
    public List<TranscodingJob.Certificate> toLayout(WeightLayout layout) throws IOException {
        try (OutputLock _ = OutputLock.of(output)) {
            return new TranscodingJob(model, layout).run(output, overwrite, listener::warning);
        }
    }
}

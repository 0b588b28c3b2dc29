package dev.nibble.core.allocation;

import dev.nibble.EvaluatedModel;
import dev.nibble.LoadOptions;
import dev.nibble.ProgressListener;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.conversion.ModelSource;
import dev.nibble.core.conversion.TensorSource;
import dev.nibble.core.evaluation.BaseFile;
import dev.nibble.core.evaluation.BaseRecording;
import dev.nibble.core.evaluation.KlDivergence;
import dev.nibble.core.evaluation.Windows;
import dev.nibble.core.inference.LoadedModel;
import dev.nibble.core.job.EncodedTensor;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.model.Model;
import dev.nibble.core.tensor.Codec;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Measures the divergence of a model's predictions when some of its tensors are quantized; holds the original's predictions. */
public final class DivergenceMeter implements AutoCloseable {
    private final Path path;
    private final ModelSource source;
    private final LoadOptions options;
    private final BaseFile base;
    private final Workers workers;

    private DivergenceMeter(Path path, ModelSource source, LoadOptions options, BaseFile base, Workers workers) {
        this.path = path;
        this.source = source;
        this.options = options;
        this.base = base;
        this.workers = workers;
    }

    /** @param source the original, to be closed after the meter */
    public static DivergenceMeter open(Path path, ModelSource source, LoadOptions options, Windows windows) throws IOException {
        try (LoadedModel model = LoadedModel.of(path, source, options)) {
            EvaluatedModel facts = new EvaluatedModel(path.toString(), model.bytes(), model.parameters(), "", "");
            BaseFile base = new BaseRecording(model, facts, windows, Plain.F32).temporary(ProgressListener.SILENT);
            return new DivergenceMeter(path, source, options, base, Workers.of(options.threads()));
        }
    }

    /** Mean KL divergence with these tensors rounded to nearest in these types, in nats per token. */
    public double meanKl(Map<String, Codec> types) throws IOException {
        try (Arena arena = Arena.ofShared()) {
            List<TensorSource> tensors = source.tensors().stream().map(tensor -> {
                Codec codec = types.get(tensor.info().name());
                return codec == null || codec.equals(tensor.info().codec()) ? tensor : EncodedTensor.of(tensor, codec, workers, arena);
            }).toList();
            try (LoadedModel model = LoadedModel.of(path, source.withTensors(tensors), options)) {
                return meanKl(model);
            }
        }
    }

    /** Mean KL divergence of another model, such as the written file. */
    public double meanKl(Model model) throws IOException {
        return KlDivergence.of(base, model, Plain.F32, token -> {}, ProgressListener.SILENT).meanKl();
    }

    @Override
    public void close() throws IOException {
        workers.close();
        base.close();
    }
}

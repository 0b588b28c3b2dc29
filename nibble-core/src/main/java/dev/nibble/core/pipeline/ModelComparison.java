package dev.nibble.core.pipeline;

import dev.nibble.Compared;
import dev.nibble.Comparison;
import dev.nibble.Divergence;
import dev.nibble.EvaluatedModel;
import dev.nibble.LoadOptions;
import dev.nibble.Progress;
import dev.nibble.ProgressListener;
import dev.nibble.core.evaluation.BaseFile;
import dev.nibble.core.evaluation.BaseRecording;
import dev.nibble.core.evaluation.KlDivergence;
import dev.nibble.core.evaluation.LayerOutputs;
import dev.nibble.core.evaluation.TokenDivergence;
import dev.nibble.core.evaluation.Windows;
import dev.nibble.core.tensor.Codec;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * Compares models with their original, token by token.
 *
 * @param kv codec of the KV cache
 * @param perToken receives every scored token of every model
 */
public record ModelComparison(LoadOptions loading, Codec kv, ProgressListener listener, BiConsumer<Path, TokenDivergence> perToken) {
    /**
     * Compares with a loaded original.
     *
     * @param save file to save the original's predictions to
     * @param overwrite whether that file may be replaced
     */
    public Comparison withModel(Path original, Path text, TextWindows cut, Optional<Path> save, boolean overwrite, List<Path> models)
            throws IOException {
        LayerOutputs layers;
        BaseFile base;
        try (MeasuredModel model = MeasuredModel.open(original, loading, listener)) {
            Windows windows = cut.of(model, text, listener);
            BaseRecording recording = new BaseRecording(model.model(), model.facts(cut.protocol().toString()), windows, kv);
            layers = LayerOutputs.of(model.model(), windows.tokens().getFirst());
            base = save.isPresent() ? recording.to(save.get(), overwrite, listener) : recording.temporary(listener);
        }
        try (base) {
            return compare(base, Optional.of(layers), models);
        }
    }

    /** Compares with an original's saved predictions. */
    public Comparison withFile(Path baseFile, List<Path> models) throws IOException {
        try (BaseFile base = BaseFile.open(baseFile)) {
            return compare(base, Optional.empty(), models);
        }
    }

    private Comparison compare(BaseFile base, Optional<LayerOutputs> layers, List<Path> models) throws IOException {
        List<Compared> compared = new ArrayList<>();
        for (Path path : models) {
            compared.add(compared(base, layers, path));
        }
        return new Comparison(base.facts(), base.windows().context(), base.perplexity(), layers.map(LayerOutputs::tokens).orElse(0),
                compared);
    }

    private Compared compared(BaseFile base, Optional<LayerOutputs> layers, Path path) throws IOException {
        try (MeasuredModel model = MeasuredModel.open(path, loading, listener)) {
            EvaluatedModel facts = model.facts(base.facts().protocol());
            if (!facts.fingerprint().equals(base.facts().fingerprint())) {
                throw new UnsupportedException(
                        path + ": its vocabulary differs from that of " + base.facts().name() + " (" + model.tokenizer().size()
                                + " and " + base.vocabulary() + "); only models with the same vocabulary can be compared");
            }
            Divergence divergence = KlDivergence.of(base, model.model(), kv, token -> perToken.accept(path, token), named(path));
            return new Compared(facts, divergence, layers.map(outputs -> outputs.errorsOf(model.model())).orElse(List.of()));
        }
    }

    private ProgressListener named(Path path) {
        String name = String.valueOf(path.getFileName());
        return told -> listener.progress(new Progress(name, told.unit(), told.done(), told.total(), told.detail()));
    }
}

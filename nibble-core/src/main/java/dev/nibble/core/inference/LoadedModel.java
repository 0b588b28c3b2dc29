package dev.nibble.core.inference;

import dev.nibble.LoadOptions;
import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.checkpoint.gguf.Gguf;
import dev.nibble.core.checkpoint.gguf.GgufMetadata;
import dev.nibble.core.conversion.ModelSource;
import dev.nibble.core.conversion.ModelTokenizers;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.model.Batch;
import dev.nibble.core.model.Decoder;
import dev.nibble.core.model.KvShape;
import dev.nibble.core.model.Model;
import dev.nibble.core.model.Trace;
import dev.nibble.core.model.Weights;
import dev.nibble.core.model.architecture.Architectures;
import dev.nibble.core.model.architecture.Family;
import dev.nibble.core.model.mapping.Architecture;
import dev.nibble.core.model.mapping.GgufHyperparameters;
import dev.nibble.core.model.mapping.SharedInputGroup;
import dev.nibble.core.model.mapping.UnreadKeys;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.error.MalformedFileException;
import dev.nibble.error.UnsupportedException;
import dev.nibble.text.tokenizer.Tokenizer;
import dev.nibble.text.tokenizer.TokenizerSource;
import dev.nibble.text.tokenizer.Tokenizers;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * A mapped model, ready to compute: token ids in, logits out. Its files stay open until it is closed. If a file is truncated meanwhile,
 * computing throws a {@link MalformedFileException} with code {@code FILE_CHANGED}.
 */
public final class LoadedModel implements Model, AutoCloseable {
    /** Source of the tensors. @param owned whether the source is closed with the model */
    private record Origin(Path opened, ModelSource source, boolean owned) {}

    private final Origin origin;
    private final Architecture architecture;
    private final Model model;
    private final GgufHyperparameters facts;
    private final LoadedWeights weights;
    private final LoadedWeights.Loading loading;

    private LoadedModel(Origin origin, LoadedWeights.Loading loading, UnaryOperator<Weights> layers) {
        this.origin = origin;
        this.loading = loading;
        facts = origin.source.facts();
        weights = LoadedWeights.of(origin.source, loading);
        Weights own = layers.apply(weights);
        Family family = Architectures.of(facts);
        architecture = family;
        model = Checkpoint.guarded(origin.opened, () -> family.build(facts, own));
        UnreadKeys.refuse(facts);
        weights.refuseUnused();
    }

    /**
     * Opens a model.
     *
     * @param path a GGUF file, or a Hugging Face directory
     * @throws MalformedFileException if a tensor is missing or of the wrong shape, or a file is broken
     * @throws dev.nibble.error.UnsupportedException if Nibble does not support the family
     */
    public static LoadedModel open(Path path, LoadOptions options) throws IOException {
        return open(path, options, weights -> weights);
    }

    /**
     * Opens a model with replaced layers.
     *
     * @param layers converts the file's weights to those the model is built from
     */
    public static LoadedModel open(Path path, LoadOptions options, UnaryOperator<Weights> layers) throws IOException {
        ModelSource source = ModelSource.open(path);
        try {
            return load(path, source, true, options, layers);
        } catch (Throwable e) {
            source.close();
            throw e;
        }
    }

    /**
     * A model over tensors that the caller has open and closes after it.
     *
     * @param path path to find its tokenizer by
     */
    public static LoadedModel of(Path path, ModelSource source, LoadOptions options) {
        return load(path, source, false, options, weights -> weights);
    }

    private static LoadedModel load(Path path, ModelSource source, boolean owned, LoadOptions options, UnaryOperator<Weights> layers) {
        Workers workers = Workers.of(options.threads());
        Arena arena = Arena.ofShared();
        try {
            return new LoadedModel(new Origin(path, source, owned),
                    new LoadedWeights.Loading(options, workers, arena, new LoadStatistics()), layers);
        } catch (Throwable e) {
            workers.close();
            arena.close();
            throw e;
        }
    }

    /** The weights used in place, in mapped files. */
    public List<MemorySegment> mappedWeights() {
        return origin.source.tensors().stream().flatMap(tensor -> tensor.raw().stream()).map(Tensor::data).filter(MemorySegment::isMapped)
                .toList();
    }

    /** Path of the GGUF file or directory. */
    public Path path() {
        return origin.source.checkpoint().path();
    }

    public Architecture architecture() {
        return architecture;
    }

    public GgufHyperparameters facts() {
        return facts;
    }

    /** Groups of layers with the same input. */
    public List<SharedInputGroup> inputGroups() {
        return architecture.inputGroups(facts);
    }

    /** The worker threads; idle between calls. */
    public Workers workers() {
        return loading.workers();
    }

    /** Metadata of the GGUF file, or of the one it would be converted to. */
    public GgufMetadata metadata() {
        return origin.source.metadata();
    }

    /** Warnings about the files, one line each. */
    public List<String> warnings() {
        return origin.source.warnings();
    }

    /**
     * The tokenizer of the model's files, to be closed by the caller.
     *
     * @param warnings receives warnings, one line each
     */
    public Tokenizer openTokenizer(Consumer<String> warnings) throws IOException {
        if (Files.isDirectory(origin.opened)) {
            return Tokenizers.open(origin.opened, warnings);
        }
        TokenizerSource tokenizer = ModelTokenizers.source(metadata(), origin.opened);
        return origin.source.checkpoint() instanceof Gguf ? Tokenizers.ofChecked(tokenizer) : Tokenizers.of(tokenizer, warning -> {});
    }

    public LoadStatistics statistics() {
        return loading.statistics();
    }

    /** Size of all tensors as stored, in bytes. */
    public long bytes() {
        return origin.source.tensors().stream().mapToLong(tensor -> tensor.info().bytes()).sum();
    }

    /** Number of values in all tensors. */
    public long parameters() {
        return origin.source.tensors().stream().mapToLong(tensor -> tensor.info().shape().count()).sum();
    }

    @Override
    public int hidden() {
        return model.hidden();
    }

    @Override
    public int vocabulary() {
        return model.vocabulary();
    }

    @Override
    public int context() {
        return model.context();
    }

    @Override
    public int maxPositions() {
        return model.maxPositions();
    }

    @Override
    public KvShape kvShape() {
        return model.kvShape();
    }

    @Override
    public synchronized void forward(Batch batch, Matrix hidden, Trace trace) {
        Checkpoint.guarded(path(), () -> {
            model.forward(batch, hidden, trace);
            return hidden;
        });
    }

    /**
     * The transformer blocks, to run one by one.
     *
     * @throws UnsupportedException if the family is not a sequence of blocks
     */
    public Decoder decoder() {
        if (model instanceof Decoder decoder) {
            return decoder;
        }
        throw new UnsupportedException(path() + ": the layers of " + facts.prefix() + " cannot be run one by one");
    }

    /**
     * A view of its weights with some of them replaced.
     *
     * @param replaced matrices by the layer's name in GGUF without {@code .weight}, followed by an expert's number; rows in GGUF's order
     * @param forCopies arena of the view's copies and layers
     */
    public Weights weights(Map<String, Tensor> replaced, Arena forCopies) {
        return weights.replacing(replaced, forCopies);
    }

    @Override
    public synchronized void logits(Matrix hidden, Matrix logits) {
        Checkpoint.guarded(path(), () -> {
            model.logits(hidden, logits);
            return logits;
        });
    }

    /** Closes the model and its files; idempotent. */
    @Override
    public synchronized void close() {
        if (!loading.arena().scope().isAlive()) {
            return;
        }
        loading.workers().close();
        loading.arena().close();
        if (origin.owned) {
            origin.source.close();
        }
    }
}

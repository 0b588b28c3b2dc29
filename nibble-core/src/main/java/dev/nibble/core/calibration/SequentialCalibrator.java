package dev.nibble.core.calibration;

import static dev.nibble.core.tensor.LittleEndian.FLOAT;

import dev.nibble.LoadOptions;
import dev.nibble.ProgressListener;
import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.inference.LoadedModel;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Stage;
import dev.nibble.core.model.Batch;
import dev.nibble.core.model.Decoder;
import dev.nibble.core.model.KvCache;
import dev.nibble.core.model.KvShape;
import dev.nibble.core.model.mapping.TensorName;
import dev.nibble.core.quantization.Statistics;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Runs a model over a text block by block while its weights are being quantized: the inputs of a layer come from the already quantized
 * blocks and parts of its block before it. Frantar et al.'s code calls this {@code true_sequential}.
 *
 * <p>
 * Weights are finalized in {@link #order}. A block is computed once for each of its four parts, without the later ones, and once as a whole
 * when all its weights are final. Memory: one block's final weights as F32; the statistics of a part ({@link CalibrationOptions#memory}, or
 * further runs); the states of all tokens between two blocks, in a file if they exceed {@value #STATES_IN_MEMORY} bytes. The result is
 * bitwise independent of threads.
 */
public final class SequentialCalibrator implements AutoCloseable {
    /** Bytes of states kept in memory. */
    public static final long STATES_IN_MEMORY = 1L << 28;

    private final LoadedModel model;
    private final Decoder decoder;
    private final CalibrationText text;
    private final CalibrationOptions options;
    private final Stage stage;
    private final InputObserver observer;
    private final ReplaceableWeights.Layers layers;
    private final HiddenStates states; // before the current block
    private final Map<String, Calibration.Entry> entries = new LinkedHashMap<>(); // by layer
    private final Map<Calibration.Entry, Statistics> gathered = new HashMap<>();
    private final Map<String, Tensor> finalized = new HashMap<>(); // in the current block, as are the next two
    private Arena arena = Arena.ofShared();
    private boolean replaced = true;
    private int block;

    private SequentialCalibrator(LoadedModel model, InputObserver observer, ReplaceableWeights.Layers layers, CalibrationText text,
            CalibrationOptions options, HiddenStates states, ProgressListener listener) {
        this.model = model;
        this.decoder = model.decoder();
        this.observer = observer;
        this.layers = layers;
        this.text = text;
        this.options = options;
        this.states = states;
        this.stage = new Stage(listener, "calibrating", "blocks", model.kvShape().layers());
        Calibrator.entries(model, observer).forEach(entry -> entry.layers().forEach(layer -> entries.put(layer, entry)));
    }

    /** Makes the calibration windows of a text. */
    @FunctionalInterface
    public interface Windows {
        CalibrationText of(LoadedModel model) throws IOException;
    }

    /**
     * Loads a model and positions it before its first block.
     *
     * @param path   a GGUF file, or a Hugging Face directory
     * @param states temporary file for states that exceed the memory, deleted on close
     * @throws UnsupportedException if the model's layers cannot be run one by one, or if the text has tokens unknown to the model or
     *                              windows longer than its context
     */
    public static SequentialCalibrator start(Path path, LoadOptions loading, Windows windows, CalibrationOptions options, Path states,
            ProgressListener listener) throws IOException {
        InputObserver observer = new InputObserver();
        ReplaceableWeights.Layers layers = new ReplaceableWeights.Layers();
        LoadedModel model = LoadedModel.open(path, loading,
                weights -> new ObservingWeights(new ReplaceableWeights(weights, layers), observer));
        try {
            CalibrationText text = windows.of(model);
            Calibrator.check(text, model);
            SequentialCalibrator calibrator = new SequentialCalibrator(model, observer, layers, text, options,
                    new HiddenStates(text.windows(), model.hidden(), STATES_IN_MEMORY, states), listener);
            calibrator.embed();
            return calibrator;
        } catch (IOException | RuntimeException e) {
            model.close();
            throw e;
        }
    }

    private void embed() {
        try (KvCache cache = cache()) {
            for (int i = 0; i < text.windows().size(); i++) {
                Matrix state = states.read(i);
                Batch batch = Batch.of(cache, text.windows().get(i));
                Checkpoint.guarded(model.path(), () -> {
                    decoder.embed(batch, state);
                    return state;
                });
                states.write(i, state);
            }
        }
    }

    /** The cache of the single layer being run. */
    private KvCache cache() {
        KvShape all = model.kvShape();
        return new KvCache(new KvShape(1, all.heads(), all.headSize()), Plain.F32, text.length());
    }

    /**
     * The order in which weights are finalized, by GGUF names of layers without {@code .weight}, followed by an expert's number. Layers
     * that compare equal may come in any order.
     */
    public Comparator<String> order() {
        return Comparator.comparing(this::first, Comparator.comparingInt(this::block).thenComparing(BlockPart::of));
    }

    /** Computations of a layer per token. @param layer its name in GGUF */
    public static int computations(String layer) {
        return BlockPart.of(layer).computations();
    }

    /** The layer that represents all that share its input. */
    private String first(String layer) {
        return entries.containsKey(layer) ? entries.get(layer).layers().getFirst() : layer;
    }

    /** Layers outside of blocks come last. */
    private int block(String layer) {
        return new TensorName(layer).block().orElse(model.kvShape().layers());
    }

    /**
     * The statistics of a layer's inputs after all earlier weights in the order are final; empty if the model has no such layer.
     *
     * @throws IllegalStateException if a weight after its block is already final
     */
    public Optional<Statistics> statistics(String layer) {
        Calibration.Entry entry = entries.get(layer);
        if (entry == null) {
            return Optional.empty();
        }
        if (!gathered.containsKey(entry)) {
            gather(entry);
        }
        return Optional.of(gathered.get(entry));
    }

    /** Gathers the entry together with later ones of the same part, as far as memory allows. */
    private void gather(Calibration.Entry entry) {
        String layer = entry.layers().getFirst();
        advanceTo(block(layer));
        List<Calibration.Entry> alike = entries.values().stream().distinct()
                .filter(other -> order().compare(other.layers().getFirst(), layer) == 0).toList();
        gathered.clear();
        for (Calibration.Entry other : Calibrator.passes(alike.subList(alike.indexOf(entry), alike.size()), options).getFirst()) {
            gathered.put(other, Statistics.needed(options.kinds(), other.columns()));
        }
        Calibrator.gather(observer, gathered, again -> {
            if (block == model.kvShape().layers()) {
                showHead();
            } else {
                computeBlock(Optional.of(BlockPart.of(layer)));
            }
        });
    }

    /** Advances to a block; all weights of earlier ones are final. */
    private void advanceTo(int number) {
        if (number < block) {
            throw new IllegalStateException("block " + number + " is done; the current block is " + block);
        }
        while (block < number) {
            computeBlock(Optional.empty());
            block++;
            finalized.clear();
            arena.close();
            arena = Arena.ofShared();
        }
    }

    /** Computes the block for all windows. @param until first part that is skipped; empty to keep the output */
    private void computeBlock(Optional<BlockPart> until) {
        if (!replaced) {
            String prefix = TensorName.blockPrefix(block);
            replaced = Checkpoint.guarded(model.path(), () -> {
                layers.replace(prefix, model.weights(finalized, arena));
                return true;
            });
        }
        layers.skipFrom(until);
        try (KvCache cache = cache()) {
            for (int i = 0; i < text.windows().size(); i++) {
                Matrix state = states.read(i);
                Batch batch = Batch.of(cache, text.windows().get(i));
                Checkpoint.guarded(model.path(), () -> {
                    decoder.layer(block, batch, state);
                    return state;
                });
                if (until.isEmpty()) {
                    states.write(i, state);
                }
                stage.reach(block + 1, "window " + (i + 1) + " of " + text.windows().size());
            }
        }
    }

    private void showHead() {
        for (int i = 0; i < text.windows().size(); i++) {
            Matrix state = states.read(i);
            decoder.finish(state);
            observer.onInput(Calibrator.head(observer), state, model.workers());
        }
    }

    /**
     * Replaces a weight in the model.
     *
     * @param layer  its name, as in {@link #order}
     * @param weight outputs × inputs, rows in GGUF's order
     */
    public void finalizeWeight(String layer, Matrix weight) {
        int number = block(layer);
        if (!entries.containsKey(layer) || number == model.kvShape().layers()) {
            return; // nothing comes after it
        }
        advanceTo(number);
        MemorySegment numbers = arena.allocate((long) weight.rows() * weight.columns() * Float.BYTES, Long.BYTES);
        MemorySegment.copy(weight.data(), weight.from(), numbers, FLOAT, 0, weight.rows() * weight.columns());
        finalized.put(layer, new Tensor(Plain.F32, Shape.of(weight.rows(), weight.columns()), numbers));
        replaced = false;
    }

    @Override
    public void close() {
        states.close();
        model.close();
        arena.close();
    }
}

package dev.nibble.core.calibration;

import dev.nibble.LoadOptions;
import dev.nibble.ProgressListener;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.inference.LoadedModel;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Stage;
import dev.nibble.core.model.Batch;
import dev.nibble.core.model.KvCache;
import dev.nibble.core.model.mapping.SharedInputGroup;
import dev.nibble.core.quantization.Statistics;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Runs a model over a text and gathers the statistics of every layer's inputs: one set for all layers that share an input
 * ({@link SharedInputGroup}), one for each expert.
 *
 * <p>
 * Memory: the statistics of one pass ({@link CalibrationOptions#memory}, or those of one input if they exceed it), and the state of one
 * window. A model whose statistics do not fit is run several times, each time for other layers; the results of a pass are written before
 * the next begins. The result is bitwise independent of passes and threads.
 */
public final class Calibrator implements AutoCloseable {
    private final LoadedModel model;
    private final InputObserver observer;

    /**
     * Loads a model to be calibrated.
     *
     * @param path a GGUF file, or a Hugging Face directory
     */
    public Calibrator(Path path, LoadOptions options) throws IOException {
        InputObserver watching = new InputObserver();
        observer = watching;
        model = LoadedModel.open(path, options, weights -> new ObservingWeights(weights, watching));
    }

    public LoadedModel model() {
        return model;
    }

    /**
     * Gathers the statistics and writes them to a file.
     *
     * @param overwrite whether an existing file may be replaced
     * @return the file, opened
     * @throws UnsupportedException if the text has tokens unknown to the model, or windows longer than its context
     */
    public Calibration calibrate(CalibrationText text, CalibrationOptions options, Path bundle, boolean overwrite,
            ProgressListener listener)
            throws IOException {
        check(text, model);
        List<Calibration.Entry> entries = entries(model, observer);
        try (CalibrationWriter writer = CalibrationWriter.create(bundle, model, text, entries, options.kinds(), overwrite)) {
            List<List<Calibration.Entry>> passes = passes(entries, options);
            Stage stage = new Stage(listener, "calibrating", "windows", (long) passes.size() * text.windows().size());
            for (int pass = 0; pass < passes.size(); pass++) {
                Map<Calibration.Entry, Statistics> gathered = new LinkedHashMap<>();
                passes.get(pass).forEach(entry -> gathered.put(entry, Statistics.needed(options.kinds(), entry.columns())));
                String label = passes.size() > 1 ? "pass " + (pass + 1) + " of " + passes.size() : "";
                gather(observer, gathered, again -> run(text, label,
                        again ? new Stage(listener, "calibrating on a wider grid", "windows", text.windows().size()) : stage));
                for (Map.Entry<Calibration.Entry, Statistics> found : gathered.entrySet()) {
                    writer.write(found.getKey(), found.getValue());
                }
            }
            writer.commit();
        }
        return Calibration.open(bundle);
    }

    static void check(CalibrationText text, LoadedModel model) {
        for (int[] window : text.windows()) {
            for (int token : window) {
                if (token < 0 || token >= model.vocabulary()) {
                    throw new UnsupportedException(text.name() + " has token " + token + ", but the model knows " + model.vocabulary());
                }
            }
        }
        if (text.length() > model.maxPositions()) {
            throw new UnsupportedException(
                    text.name() + ": windows of " + text.length() + " tokens, the model computes " + model.maxPositions() + " positions");
        }
    }

    /** The distinct inputs, in the order of the model's construction. */
    static List<Calibration.Entry> entries(LoadedModel model, InputObserver observer) {
        Map<String, List<String>> groups = new HashMap<>();
        for (SharedInputGroup group : model.inputGroups()) {
            List<String> known = group.layers().stream().filter(observer.inputs()::containsKey).toList();
            known.forEach(layer -> groups.put(layer, known));
        }
        List<Calibration.Entry> entries = new ArrayList<>();
        observer.inputs().forEach((layer, columns) -> {
            List<String> layers = groups.getOrDefault(layer, List.of(layer));
            if (layers.getFirst().equals(layer)) {
                entries.add(new Calibration.Entry(layers, columns));
            }
        });
        return entries;
    }

    /** Groups of entries whose statistics fit the memory together. */
    static List<List<Calibration.Entry>> passes(List<Calibration.Entry> entries, CalibrationOptions options) {
        List<List<Calibration.Entry>> passes = new ArrayList<>();
        long budget = 0;
        for (Calibration.Entry entry : entries) {
            long bytes = CalibrationWriter.bytes(options.kinds(), entry.columns());
            if (passes.isEmpty() || bytes > budget) {
                passes.add(new ArrayList<>());
                budget = options.memory();
            }
            passes.getLast().add(entry);
            budget -= bytes;
        }
        return passes;
    }

    /** Runs once, and again for inputs too large for the first window's grid. @param run told whether it is the second run */
    static void gather(InputObserver observer, Map<Calibration.Entry, Statistics> gathered, Consumer<Boolean> run) {
        List<Calibration.Entry> watched = List.copyOf(gathered.keySet());
        for (boolean again = false; !watched.isEmpty(); again = true) {
            watched.forEach(entry -> observer.watch(entry.layers().getFirst(), gathered.get(entry)));
            run.accept(again);
            observer.unwatch();
            List<Calibration.Entry> tooLarge = new ArrayList<>();
            for (Calibration.Entry entry : watched) {
                gathered.get(entry).wider().ifPresent(empty -> {
                    gathered.put(entry, empty);
                    tooLarge.add(entry);
                });
            }
            watched = tooLarge;
        }
    }

    private void run(CalibrationText text, String pass, Stage stage) {
        try (KvCache cache = new KvCache(model.kvShape(), Plain.F32, text.length())) {
            for (int[] window : text.windows()) {
                cache.truncate(0);
                Matrix state = Matrix.of(window.length, model.hidden());
                model.forward(Batch.of(cache, window), state);
                observer.onInput(head(observer), state, model.workers());
                stage.advance(pass, 1);
            }
        }
    }

    /** The layer that computes logits. */
    static String head(InputObserver observer) {
        return observer.inputs().containsKey("output") ? "output" : "token_embd";
    }

    @Override
    public void close() {
        model.close();
    }
}

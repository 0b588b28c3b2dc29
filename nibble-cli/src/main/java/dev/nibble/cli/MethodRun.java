package dev.nibble.cli;

import dev.nibble.core.calibration.Calibration;
import dev.nibble.core.conversion.ModelSource;
import dev.nibble.core.inference.LoadOptions;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.quantization.Statistics;
import dev.nibble.core.recipe.Algorithms;
import dev.nibble.core.recipe.LayerQuantizer;
import dev.nibble.core.recipe.Recipe;
import dev.nibble.core.recipe.ScaleSearch;
import dev.nibble.core.recipe.WeightJournal;
import dev.nibble.core.tensor.Codec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;

/**
 * What comes before a method chooses codes: calibration, if it needs one, and the search for scales, if it has any. Holds the calibration
 * open until it is closed.
 */
final class MethodRun implements AutoCloseable {
    private final Recipe recipe;
    private final Workers workers;
    private final Optional<Calibration> calibration;
    private final Path made;
    private final Path journalFile;
    private Optional<WeightJournal> journal = Optional.empty();

    private MethodRun(Recipe recipe, Workers workers, Optional<Calibration> calibration, Path made, Path journalFile) {
        this.recipe = recipe;
        this.workers = workers;
        this.calibration = calibration;
        this.made = made;
        this.journalFile = journalFile;
    }

    /** @param target what will be written; a bundle that is made on the way lies beside it for the time being */
    static MethodRun start(Recipe recipe, Path model, CalibrationChoice choice, LoadOptions options, Path target) throws IOException {
        Path beside = target.toAbsolutePath().normalize();
        Path made = beside.resolveSibling("." + beside.getFileName() + ".calibration");
        try {
            Optional<Calibration> calibration = !recipe.needs().isEmpty()
                    ? Optional.of(choice.open(model, options, recipe.needs(), made))
                    : Optional.empty();
            return new MethodRun(recipe, Workers.of(options.threads()), calibration, made,
                    beside.resolveSibling(beside.getFileName() + ".journal"));
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(made);
            throw e;
        }
    }

    Function<String, Optional<Statistics>> inputs() {
        return layer -> calibration.flatMap(known -> known.statistics(layer));
    }

    /** The model with the method's scales folded in. @param codecs what a layer will be stored in, by its GGUF name */
    ScaleSearch.Result scaled(ModelSource source, Function<String, Optional<Codec>> codecs) {
        try (ProgressLine line = new ProgressLine("searching scales")) {
            ScaleSearch.Result found = new ScaleSearch(source, recipe.method().scaling(), codecs, inputs(), workers)
                    .run((group, groups, layer) -> line.show("input " + group + " of " + groups + ", " + layer));
            if (found.folded() < found.groups()) {
                System.err.println("nibble: " + found.folded() + " of " + found.groups()
                        + " inputs were scaled; the others have nothing before them that a scale could go into");
            }
            return found;
        }
    }

    /** What chooses the codes. */
    LayerQuantizer layers(Algorithms algorithms, ScaleSearch.Result scaled) {
        LayerQuantizer layers = new LayerQuantizer(algorithms, inputs(), scaled.scales(), workers);
        return journal.map(layers::with).orElse(layers);
    }

    /** Goes on from what a killed run of the same job left beside its target, and leaves such a thing itself if it is killed. */
    void resume(String job) throws IOException {
        WeightJournal opened = WeightJournal.open(journalFile, job);
        journal = Optional.of(opened);
        if (opened.size() > 0) {
            System.err.println("nibble: going on after " + opened.size() + " finished layers of " + journalFile);
        }
    }

    /** All is written: the journal has served its purpose. */
    void finished() throws IOException {
        if (journal.isPresent()) {
            Files.deleteIfExists(journalFile);
        }
    }

    /** Layers that no text came to. */
    static void warn(LayerQuantizer layers) {
        if (!layers.unseen().isEmpty()) {
            System.err.println("warning: no text of the calibration came to " + layers.unseen().size() + " layers, such as "
                    + layers.unseen().getFirst() + "; they were rounded to nearest. A longer text reaches more experts");
        }
    }

    @Override
    public void close() {
        workers.close();
        calibration.ifPresent(Calibration::close);
        try {
            if (journal.isPresent()) {
                journal.get().close();
            }
            Files.deleteIfExists(made);
        } catch (IOException e) {
            System.err.println("nibble: warning: " + made + " could not be removed: " + e.getMessage());
        }
    }
}

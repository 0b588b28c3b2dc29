package dev.nibble.core.pipeline;

import dev.nibble.ProgressListener;
import dev.nibble.core.calibration.Calibration;
import dev.nibble.core.calibration.SequentialCalibrator;
import dev.nibble.core.conversion.ModelSource;
import dev.nibble.core.fold.ScaleSearch;
import dev.nibble.core.job.LayerQuantizer;
import dev.nibble.core.job.WeightJournal;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.quantization.Statistics;
import dev.nibble.core.recipe.LayerQuantizers;
import dev.nibble.core.recipe.Recipe;
import dev.nibble.core.tensor.Codec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;

/**
 * Preparation of a calibrated quantization: calibration and scale search, as the method needs. A journal beside the target keeps finished
 * work for a later run to resume until the target is complete.
 */
final class GuidedRun implements AutoCloseable {
    private final Recipe recipe;
    private final Workers workers;
    private final JobFiles files;
    private final Optional<WeightJournal> journal;
    private final ProgressListener listener;
    private Optional<Calibration> calibration = Optional.empty();
    private Optional<SequentialCalibrator> sequence = Optional.empty();
    private boolean finished;

    private GuidedRun(Recipe recipe, Workers workers, JobFiles files, Optional<WeightJournal> journal, ProgressListener listener) {
        this.recipe = recipe;
        this.workers = workers;
        this.files = files;
        this.journal = journal;
        this.listener = listener;
    }

    /** Calibrates if the method needs it. @param target output of the job @param job description of everything the result depends on */
    static GuidedRun start(Recipe recipe, Path model, CalibrationInput input, JobSettings settings, Path target, String job)
            throws IOException {
        JobFiles files = JobFiles.beside(target);
        boolean isLong = !recipe.needs().isEmpty();
        if (!isLong && settings.resume()) {
            settings.listener().note("resume is ignored: this method takes seconds and keeps no journal");
        }
        GuidedRun run = new GuidedRun(recipe, Workers.of(settings.threads()), files,
                isLong ? Optional.of(files.journal(job, settings.resume(), settings.listener())) : Optional.empty(), settings.listener());
        try {
            if (recipe.sequential()) {
                run.sequence = Optional.of(
                        input.sequential(model, settings.loading(), recipe.needs(), files.states(), settings.listener()));
            } else if (isLong) {
                run.calibration = Optional.of(run.calibrate(model, input, settings));
            }
            return run;
        } catch (IOException | RuntimeException e) {
            run.close();
            throw e;
        }
    }

    private Calibration calibrate(Path model, CalibrationInput input, JobSettings settings) throws IOException {
        WeightJournal opened = journal.orElseThrow();
        if (opened.isUnchanged(files.bundle())) {
            return Calibration.open(files.bundle());
        }
        Calibration made = input.open(model, settings.loading(), recipe.needs(), files.bundle(), listener);
        if (made.path().equals(files.bundle())) {
            opened.addFile(files.bundle());
        }
        return made;
    }

    private Optional<Statistics> inputs(String layer) {
        return calibration.flatMap(found -> found.statistics(layer));
    }

    /** The model with the method's scales folded in. @param codecs target codec of a layer by its GGUF name */
    ScaleSearch.Result scaled(ModelSource source, Function<String, Optional<Codec>> codecs) throws IOException {
        ScaleSearch.Result found = new ScaleSearch(source, recipe.method().scaling(), codecs, this::inputs, workers, journal).run(listener);
        if (found.folded() < found.groups()) {
            listener.note(found.folded() + " of " + found.groups()
                    + " inputs were scaled; the others have no layer before them to fold a scale into");
        }
        return found;
    }

    /** The quantizer of the layers. */
    LayerQuantizer layers(LayerQuantizers algorithms, ScaleSearch.Result scaled) {
        LayerQuantizer layers = sequence.isPresent()
                ? LayerQuantizer.sequential(algorithms, sequence.get(), workers)
                : new LayerQuantizer(algorithms, this::inputs, scaled.scales(), workers);
        return journal.map(layers::with).orElse(layers);
    }

    /** Marks the target complete, so that the journal is deleted, and warns of layers that no calibration token reached. */
    void finished(LayerQuantizer layers) {
        finished = true;
        if (!layers.unseen().isEmpty()) {
            listener.warning("no calibration token reached " + layers.unseen().size() + " layers, such as "
                    + layers.unseen().getFirst() + "; they were rounded to nearest. A longer text reaches more experts");
        }
    }

    @Override
    public void close() {
        workers.close();
        calibration.ifPresent(Calibration::close);
        sequence.ifPresent(SequentialCalibrator::close);
        if (journal.isEmpty()) {
            return;
        }
        try {
            boolean keep = !finished && !journal.get().isEmpty();
            journal.get().close();
            if (keep) {
                listener.note("finished work is kept in " + files.journal() + "; resume continues from there");
            } else {
                files.delete();
            }
        } catch (IOException e) {
            listener.warning(files.journal() + " could not be removed: " + e.getMessage());
        }
    }
}

package dev.nibble.cli;

import dev.nibble.core.recipe.WeightJournal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a long job keeps beside its target until that is written.
 *
 * @param journal scales and weights that are finished
 * @param bundle  the statistics of a calibration that was made on the way
 */
record JobFiles(Path journal, Path bundle) {
    static JobFiles beside(Path target) {
        Path place = target.toAbsolutePath().normalize();
        return new JobFiles(place.resolveSibling(place.getFileName() + ".journal"),
                place.resolveSibling("." + place.getFileName() + ".calibration"));
    }

    /**
     * The job's journal, opened.
     *
     * @param job    all that the result depends on
     * @param resume whether to go on from what is there
     */
    WeightJournal journal(String job, boolean resume) throws IOException {
        if (!resume) {
            if (Files.exists(journal)) {
                System.err.println("nibble: " + journal + " is of a run that did not end; starting anew (--resume would have gone on)");
            }
            delete();
            return WeightJournal.begin(journal, job);
        }
        boolean there = Files.exists(journal);
        WeightJournal opened = WeightJournal.resume(journal, job);
        System.err.println(there
                ? "nibble: going on after " + opened.weights() + " finished layers of " + journal
                : "nibble: there is no " + journal + " to go on from; starting anew");
        return opened;
    }

    void delete() throws IOException {
        Files.deleteIfExists(bundle);
        Files.deleteIfExists(journal);
    }
}

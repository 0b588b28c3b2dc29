package dev.nibble.core.pipeline;

import dev.nibble.ProgressListener;
import dev.nibble.core.conversion.ModelSource;
import dev.nibble.core.job.WeightJournal;
import dev.nibble.core.model.mapping.SharedInputGroup;
import dev.nibble.core.quantization.Hessian;
import dev.nibble.core.recipe.Recipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a long job keeps beside its target until that is written.
 *
 * @param journal scales and weights that are finished
 * @param bundle  the statistics of a calibration that was made on the way
 * @param states  what lies between two blocks of a model that is calibrated while it is quantized
 */
record JobFiles(Path journal, Path bundle, Path states) {
    /** Those of a target. */
    public static JobFiles beside(Path target) {
        Path place = target.toAbsolutePath().normalize();
        return new JobFiles(place.resolveSibling(place.getFileName() + ".journal"),
                place.resolveSibling("." + place.getFileName() + ".calibration"),
                place.resolveSibling("." + place.getFileName() + ".states"));
    }

    /**
     * At most so many bytes they take.
     *
     * @param result bytes of all weights when they are done
     */
    static long bytes(Recipe recipe, ModelSource source, long result, CalibrationInput input) {
        if (recipe.needs().isEmpty()) {
            return 0;
        }
        if (recipe.sequential()) {
            return input.states(source) + result;
        }
        return statistics(recipe, source) + result;
    }

    /** Bytes of the statistics of all inputs. */
    static long statistics(Recipe recipe, ModelSource source) {
        return byPart(recipe, source).values().stream().mapToLong(Long::longValue).sum();
    }

    /** Bytes of the statistics of that part of a block that has most: of all its experts together. */
    static long statisticsOfAPart(Recipe recipe, ModelSource source) {
        return byPart(recipe, source).values().stream().mapToLong(Long::longValue).max().orElse(0);
    }

    /** By the weights that are given the inputs. */
    private static Map<String, Long> byPart(Recipe recipe, ModelSource source) {
        Map<String, Long> columns = source.tensors().stream()
                .collect(Collectors.toMap(tensor -> tensor.info().name(), tensor -> tensor.info().shape().columns()));
        Map<String, Long> bytes = new HashMap<>();
        for (SharedInputGroup group : source.inputGroups()) {
            String tensor = group.layers().getFirst().replaceFirst("_exps\\.\\d+$", "_exps") + ".weight";
            int width = Math.toIntExact(columns.getOrDefault(tensor, 0L));
            recipe.needs().forEach(kind -> bytes.merge(tensor, kind == Hessian.class ? Hessian.bytes(width) : (long) Double.BYTES * width,
                    Long::sum));
        }
        return bytes;
    }

    /**
     * The job's journal, opened.
     *
     * @param job    all that the result depends on
     * @param resume whether to go on from what is there
     */
    WeightJournal journal(String job, boolean resume, ProgressListener listener) throws IOException {
        if (!resume) {
            if (Files.exists(journal)) {
                listener.note(journal + " is of a run that did not end; starting anew (resume would have gone on)");
            }
            delete();
            return WeightJournal.begin(journal, job);
        }
        boolean there = Files.exists(journal);
        WeightJournal opened = WeightJournal.resume(journal, job);
        listener.note(there
                ? "going on after " + opened.weights() + " finished layers of " + journal
                : "there is no " + journal + " to go on from; starting anew");
        return opened;
    }

    /** Removes all of it. */
    void delete() throws IOException {
        Files.deleteIfExists(bundle);
        Files.deleteIfExists(states);
        Files.deleteIfExists(journal);
    }
}

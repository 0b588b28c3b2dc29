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
 * Temporary files of a long job, beside its target.
 *
 * @param journal finished scales and weights
 * @param bundle calibration statistics
 * @param states hidden states between two blocks, in sequential calibration
 */
record JobFiles(Path journal, Path bundle, Path states) {
    /** The temporary files of a target. */
    public static JobFiles beside(Path target) {
        Path place = target.toAbsolutePath().normalize();
        return new JobFiles(place.resolveSibling(place.getFileName() + ".journal"),
                place.resolveSibling("." + place.getFileName() + ".calibration"),
                place.resolveSibling("." + place.getFileName() + ".states"));
    }

    /** Upper bound of their total size. @param result bytes of all quantized weights */
    static long bytes(Recipe recipe, ModelSource source, long result, CalibrationInput input) {
        if (recipe.needs().isEmpty()) {
            return 0;
        }
        if (recipe.sequential()) {
            return input.states(source) + result;
        }
        return statistics(recipe, source) + result;
    }

    /** Size of the statistics of all inputs. */
    static long statistics(Recipe recipe, ModelSource source) {
        return byPart(recipe, source).values().stream().mapToLong(Long::longValue).sum();
    }

    /** Size of the largest statistics of one part of a block, all its experts together. */
    static long statisticsOfAPart(Recipe recipe, ModelSource source) {
        return byPart(recipe, source).values().stream().mapToLong(Long::longValue).max().orElse(0);
    }

    /** Sizes of statistics by the weights that share the inputs. */
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
     * Opens the job's journal.
     *
     * @param job description of everything the result depends on
     * @param resume whether to continue an existing journal
     */
    WeightJournal journal(String job, boolean resume, ProgressListener listener) throws IOException {
        if (!resume) {
            if (Files.exists(journal)) {
                listener.note(journal + " is from an interrupted run; starting anew (resume would continue it)");
            }
            delete();
            return WeightJournal.begin(journal, job);
        }
        boolean there = Files.exists(journal);
        WeightJournal opened = WeightJournal.resume(journal, job);
        listener.note(there
                ? "continuing after " + opened.weights() + " finished layers in " + journal
                : "there is no " + journal
                        + " to continue; starting anew");
        return opened;
    }

    /** Deletes all of them. */
    void delete() throws IOException {
        Files.deleteIfExists(bundle);
        Files.deleteIfExists(states);
        Files.deleteIfExists(journal);
    }
}

package dev.nibble.core.pipeline;

import dev.nibble.core.job.NonFinitePolicy;
import dev.nibble.core.plan.TypeRequest;
import dev.nibble.core.recipe.Recipe;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * All that the bytes of a quantized model depend on, beside the model.
 *
 * @param types       of a GGUF file; of a directory, the layers that stay as they are
 * @param recipe      the method that chooses codes, if one does
 * @param calibration what it learns from
 * @param budget      types are chosen for, if they are
 * @param imatrix     importance matrix, if there is one
 * @param inputs      further files that it was read from
 * @param options     what was asked for, in words
 */
public record QuantizationRequest(TypeRequest types, Optional<Recipe> recipe, CalibrationInput calibration, Optional<Budget> budget,
        Optional<Path> imatrix, NonFinitePolicy nonFinite, List<Path> inputs, String options) {
    public QuantizationRequest {
        inputs = List.copyOf(inputs);
    }
}

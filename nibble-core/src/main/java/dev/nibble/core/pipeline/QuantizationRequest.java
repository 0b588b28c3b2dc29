package dev.nibble.core.pipeline;

import dev.nibble.core.job.NonFinitePolicy;
import dev.nibble.core.plan.TypeRequest;
import dev.nibble.core.recipe.Recipe;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Everything the bytes of a quantized model depend on, except the model.
 *
 * @param types types of a GGUF file; for a directory, the layers to keep
 * @param recipe method, if not rounding to nearest
 * @param calibration calibration data
 * @param budget budget for the choice of types, if there is one
 * @param imatrix importance matrix, if there is one
 * @param inputs further input files
 * @param options requested command-line options
 */
public record QuantizationRequest(TypeRequest types, Optional<Recipe> recipe, CalibrationInput calibration, Optional<Budget> budget,
        Optional<Path> imatrix, NonFinitePolicy nonFinite, List<Path> inputs, String options) {
    public QuantizationRequest {
        inputs = List.copyOf(inputs);
    }
}

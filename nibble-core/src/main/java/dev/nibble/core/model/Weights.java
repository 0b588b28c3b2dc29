package dev.nibble.core.model;

import dev.nibble.core.kernel.Ops;
import dev.nibble.core.kernel.Workers;
import java.util.List;
import java.util.Optional;

/**
 * The layers of a model by their names in GGUF, without {@code .weight}. Implementations decide how layers are stored and computed. Every
 * method refuses a missing tensor or a wrong shape with a {@link dev.nibble.error.MalformedFileException} that names it.
 */
public interface Weights {
    /** A layer, with its bias if the file has one. */
    Linear linear(String name, int outputs, int inputs);

    /** A slice of a fused layer: outputs {@code first} to {@code first + count}. */
    Linear part(String name, int outputs, int inputs, int first, int count);

    /** One layer per expert, from a single three-dimensional tensor or from one tensor each. */
    List<Linear> experts(String name, int experts, int outputs, int inputs);

    Embedding embedding(String name, int rows, int width);

    /** A vector, by its full name. */
    float[] vector(String name, int size);

    /** A small matrix, row by row, by its full name. */
    float[] matrix(String name, int rows, int columns);

    /** Whether there is a tensor of that full name. */
    boolean has(String name);

    /** A view of the weights under a name prefix. */
    Weights under(String prefix);

    /** An optional vector, by its full name. */
    default Optional<float[]> optionalVector(String name, int size) {
        return has(name) ? Optional.of(vector(name, size)) : Optional.empty();
    }

    /** The backend's operations other than matrix products. */
    Ops ops();

    Workers workers();
}

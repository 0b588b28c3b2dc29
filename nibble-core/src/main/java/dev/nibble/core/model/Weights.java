package dev.nibble.core.model;

import dev.nibble.core.kernel.Ops;
import dev.nibble.core.kernel.Workers;
import java.util.List;
import java.util.Optional;

/**
 * Where an architecture gets its layers, by their names in GGUF and without {@code .weight}. What they are is decided behind this interface,
 * and only here. Every method refuses a tensor that is missing or of another shape with a
 * {@link dev.nibble.error.MalformedFileException} that names it.
 */
public interface Weights {
    /** A layer, with its bias if the file has one. */
    Linear linear(String name, int outputs, int inputs);

    /** Outputs {@code first} to {@code first + count} of a layer that computes several things at once. */
    Linear part(String name, int outputs, int inputs, int first, int count);

    /** One layer per expert, from one tensor of three dimensions or from one tensor for each. */
    List<Linear> experts(String name, int experts, int outputs, int inputs);

    Embedding embedding(String name, int rows, int width);

    /** A vector, by its full name. */
    float[] vector(String name, int size);

    /** A small matrix as its rows, one after the other, by its full name. */
    float[] matrix(String name, int rows, int columns);

    /** Whether there is a tensor of that full name. */
    boolean has(String name);

    /** The same weights, with every name under {@code prefix}. */
    Weights under(String prefix);

    /** A vector that may be missing, by its full name. */
    default Optional<float[]> optionalVector(String name, int size) {
        return has(name) ? Optional.of(vector(name, size)) : Optional.empty();
    }

    /** What the operations besides the layers are computed with. */
    Ops ops();

    Workers workers();
}

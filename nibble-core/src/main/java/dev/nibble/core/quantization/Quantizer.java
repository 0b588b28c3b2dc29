package dev.nibble.core.quantization;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Weight;
import java.lang.foreign.Arena;
import java.util.Optional;
import java.util.Set;

/**
 * A quantization algorithm: chooses the codes of a weight. Knows nothing of models or files, so it is a function on matrices; its result
 * does not depend on the number of threads.
 */
public interface Quantizer {
    /** The name users know it by, in lower case: {@code gptq}. */
    String name();

    /** What must be known of the layer's inputs; empty for algorithms that need no text. */
    Set<Class<? extends Statistic<?>>> needs();

    /** Why a codec cannot be its target, or an empty text if it can. */
    default String unsupportedReason(Codec codec) {
        return "";
    }

    /**
     * @param weight  outputs × inputs; not changed
     * @param target  what its numbers are stored in
     * @param inputs  at least what {@link #needs} says
     * @param workers who share out the rows
     * @param arena   for the stored numbers; a shared one if there are several workers
     * @throws dev.nibble.error.UnsupportedException if the algorithm cannot choose codes of this codec, the rows do not fill its blocks, a number
     *                                              is none, or a statistic is missing
     */
    Weight quantize(Matrix weight, Codec target, Statistics inputs, Workers workers, Arena arena);

    /** As {@link #quantize}, for a weight whose channels have their scales already, as the statistics of its inputs have. */
    default Weight finish(Matrix weight, Codec target, Statistics inputs, Workers workers, Arena arena) {
        return quantize(weight, target, inputs, workers, arena);
    }

    /** The same with columns in the order of their activations, largest first; empty if it knows no order. */
    default Optional<Quantizer> reordered() {
        return Optional.empty();
    }
}

package dev.nibble.core.quantization;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Weight;
import java.lang.foreign.Arena;
import java.util.Optional;
import java.util.Set;

/**
 * A quantization algorithm: chooses the codes of a weight. It is a function on matrices that knows no models or files; its result does not
 * depend on the number of threads.
 */
public interface Quantizer {
    /** The lower-case name for users: {@code gptq}. */
    String name();

    /** Required statistics of the layer's inputs; empty for algorithms without calibration. */
    Set<Class<? extends Statistic<?>>> needs();

    /** The reason why a codec cannot be the target; empty if it can. */
    default String unsupportedReason(Codec codec) {
        return "";
    }

    /**
     * @param weight  outputs × inputs; not modified
     * @param target  codec of the result
     * @param inputs  with at least the statistics that it {@link #needs}
     * @param workers share the rows
     * @param arena   for the result; a shared one if there are several workers
     * @throws dev.nibble.error.UnsupportedException if the algorithm cannot choose codes of this codec, the rows do not fill its blocks, a
     *                                               weight is not finite, or a statistic is missing
     */
    Weight quantize(Matrix weight, Codec target, Statistics inputs, Workers workers, Arena arena);

    /** Quantizes like {@link #quantize}, with channel scales already applied to the weight and to the statistics of its inputs. */
    default Weight finish(Matrix weight, Codec target, Statistics inputs, Workers workers, Arena arena) {
        return quantize(weight, target, inputs, workers, arena);
    }

    /** The same algorithm processing columns by activation, largest first; empty if it has no order. */
    default Optional<Quantizer> reordered() {
        return Optional.empty();
    }
}

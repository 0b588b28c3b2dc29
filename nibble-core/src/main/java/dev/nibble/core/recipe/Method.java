package dev.nibble.core.recipe;

import dev.nibble.core.quantization.Quantizer;
import dev.nibble.core.quantization.Statistic;
import java.util.List;
import java.util.Set;

/**
 * A quantization method as named by users: an algorithm, the scaling of inputs before it, and its defaults.
 *
 * @param quantizer chooses the codes
 * @param needs     statistics of the inputs; empty for methods without calibration text
 * @param bits      default number of bits per code
 * @param group     default number of values per scale; or the largest smaller power of two that divides all rows
 * @param symmetric whether zero points are omitted by default
 * @param format    default format
 */
public record Method(String name, ActivationScaling scaling, Quantizer quantizer, Set<Class<? extends Statistic<?>>> needs, int bits,
        int group,
        boolean symmetric, WeightFormat format) {
    /** Whether its codes can be stored as a {@link Scheme}: it has no format of its own. */
    boolean takesSchemes() {
        return List.of(WeightFormat.GPTQ_V2, WeightFormat.AWQ, WeightFormat.W8A8, WeightFormat.COMPRESSED_TENSORS).contains(format);
    }

    /** Whether the method needs calibration text. */
    public boolean needsText() {
        return !needs.isEmpty();
    }
}

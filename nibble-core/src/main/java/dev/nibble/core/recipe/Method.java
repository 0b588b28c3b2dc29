package dev.nibble.core.recipe;

import dev.nibble.core.quantization.Quantizer;
import dev.nibble.core.quantization.Statistic;
import java.util.List;
import java.util.Set;

/**
 * A way to quantize a model, as users name it: an algorithm, what happens to inputs before, and what is usual with it.
 *
 * @param quantizer chooses the codes
 * @param needs     statistics of the inputs; empty for methods that need no text
 * @param bits      of a code, if nothing else is asked for
 * @param group     numbers under one scale, likewise; or the largest power of two below that divides all rows
 * @param symmetric whether no zero points are stored even if nobody says so
 * @param format    how the result is stored, likewise
 */
public record Method(String name, ActivationScaling scaling, Quantizer quantizer, Set<Class<? extends Statistic<?>>> needs, int bits,
        int group,
        boolean symmetric, WeightFormat format) {
    /** Whether what it chooses can be stored as a {@link Scheme} says: it has no format that is only its own. */
    boolean takesSchemes() {
        return List.of(WeightFormat.GPTQ_V2, WeightFormat.AWQ, WeightFormat.W8A8, WeightFormat.COMPRESSED_TENSORS).contains(format);
    }

    /** The statistics that this method's choices rest on. */
    public boolean needsText() {
        return !needs.isEmpty();
    }
}

package dev.nibble.core.recipe;

import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.TensorInfo;

/**
 * A tensor and the codec it shall have.
 *
 * @param source how it is in the source; shape and name stay
 * @param note   why it did not get what was asked for, or the empty string
 */
public record PlannedTensor(TensorInfo source, Codec target, String note) {
    /** The tensor as it will be written. */
    public TensorInfo result() {
        return new TensorInfo(source.name(), target, source.shape());
    }

    /** Whether its bytes are copied as they are. */
    public boolean isCopy() {
        return target.equals(source.codec());
    }
}

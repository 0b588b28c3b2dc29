package dev.nibble.core.plan;

import dev.nibble.TensorPlan;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.TensorInfo;
import java.util.List;

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

    /** Bytes of the tensors of a plan as they are in the source. */
    public static long sourceBytes(List<PlannedTensor> plan) {
        return plan.stream().mapToLong(tensor -> tensor.source().bytes()).sum();
    }

    /** The same in names and numbers. */
    public TensorPlan described() {
        return new TensorPlan(source.name(), source.shape().dimensions(), source.codec().name(), target.name(), source.bytes(),
                result().bytes(), note);
    }

    /** Whether its bytes are copied as they are. */
    public boolean isCopy() {
        return target.equals(source.codec());
    }
}

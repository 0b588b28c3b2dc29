package dev.nibble.core.plan;

import dev.nibble.TensorPlan;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.TensorInfo;
import java.util.List;

/**
 * A tensor and its target codec.
 *
 * @param source the tensor in the source; name and shape are kept
 * @param note   reason for not getting the requested codec, or the empty string
 */
public record PlannedTensor(TensorInfo source, Codec target, String note) {
    /** The tensor as it will be written. */
    public TensorInfo result() {
        return new TensorInfo(source.name(), target, source.shape());
    }

    /** Total size of a plan's tensors in the source, in bytes. */
    public static long sourceBytes(List<PlannedTensor> plan) {
        return plan.stream().mapToLong(tensor -> tensor.source().bytes()).sum();
    }

    /** The plan as names and numbers. */
    public TensorPlan described() {
        return new TensorPlan(source.name(), source.shape().dimensions(), source.codec().name(), target.name(), source.bytes(),
                result().bytes(), note);
    }

    /** Whether its bytes are copied unchanged. */
    public boolean isCopy() {
        return target.equals(source.codec());
    }
}

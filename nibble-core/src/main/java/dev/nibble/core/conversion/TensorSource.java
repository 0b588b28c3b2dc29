package dev.nibble.core.conversion;

import dev.nibble.core.tensor.ActivationQuantization;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.core.tensor.Transform;
import dev.nibble.core.tensor.Weight;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * A tensor of the target, to be had row by row: as floats always, as stored bytes where it is a copy. Thread-safe; valid as long as the
 * checkpoint behind it is open.
 */
public interface TensorSource {
    /**
     * Name and shape in the target. The codec is the one its bytes can be copied in; where they cannot, F32. A tensor that must be F32 in
     * the target says F32.
     */
    TensorInfo info();

    /** What the input of a layer must go through before it meets the rows as {@link #raw} and {@link #rawRow} have them. */
    default List<Transform> inputTransforms() {
        return List.of();
    }

    /**
     * The weight whose outputs are the rows of this tensor, if its product goes through something after: it can only be computed as a whole.
     * Sources that are rows of one product have the same {@link Weight#values}, and their rows of it are what the first of
     * {@link Weight#outputTransforms} takes out. There are no raw rows then.
     */
    default Optional<Weight> whole() {
        return Optional.empty();
    }

    /** How the layer rounds its input while it computes. */
    default ActivationQuantization inputRounding() {
        return ActivationQuantization.NONE;
    }

    /** Whether the stored rows are not yet those of the model. */
    default boolean isTransformed() {
        return !inputTransforms().isEmpty() || whole().isPresent();
    }

    /** Reads rows {@code firstRow} to {@code firstRow + rows}, one after the other from {@code target[from]} on, as the model sees them. */
    void read(long firstRow, int rows, float[] target, int from);

    /** All its numbers, row after row. */
    default float[] readAll() {
        float[] numbers = new float[Math.toIntExact(info().shape().count())];
        read(0, Math.toIntExact(info().shape().rows()), numbers, 0);
        return numbers;
    }

    /** The whole tensor in its codec, if its bytes lie in the source exactly as in the target. */
    default Optional<Tensor> raw() {
        return Optional.empty();
    }

    /** The bytes of one row in the codec of {@link #info}, if the row is a copy of a stored one. */
    default Optional<MemorySegment> rawRow(long row) {
        return Optional.empty();
    }
}

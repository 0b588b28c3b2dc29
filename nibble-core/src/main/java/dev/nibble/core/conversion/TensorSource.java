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
 * A tensor of the target, readable row by row: always as floats, and as stored bytes if it is a copy. Thread-safe; valid while the
 * underlying checkpoint is open.
 */
public interface TensorSource {
    /**
     * Name and shape in the target. The codec is the one its bytes can be copied in, else F32; always F32 for a tensor that must be F32 in
     * the target.
     */
    TensorInfo info();

    /** Transforms of the layer's input required by the rows of {@link #raw} and {@link #rawRow}. */
    default List<Transform> inputTransforms() {
        return List.of();
    }

    /**
     * The weight whose outputs are the rows of this tensor, if its product is transformed: it can only be computed as a whole. Sources that
     * are rows of one product share {@link Weight#values}; the first of {@link Weight#outputTransforms} selects their rows. There are no
     * raw rows then.
     */
    default Optional<Weight> whole() {
        return Optional.empty();
    }

    /** Quantization of the layer's input at run time. */
    default ActivationQuantization inputQuantization() {
        return ActivationQuantization.NONE;
    }

    /** Whether the stored rows differ from the model's by transforms. */
    default boolean isTransformed() {
        return !inputTransforms().isEmpty() || whole().isPresent();
    }

    /** Reads rows {@code firstRow} to {@code firstRow + rows} as in the model, consecutively from {@code target[from]} on. */
    void read(long firstRow, int rows, float[] target, int from);

    /** All values, row after row. */
    default float[] readAll() {
        float[] numbers = new float[Math.toIntExact(info().shape().count())];
        read(0, Math.toIntExact(info().shape().rows()), numbers, 0);
        return numbers;
    }

    /** The whole tensor in its codec, if its bytes are stored exactly as in the target. */
    default Optional<Tensor> raw() {
        return Optional.empty();
    }

    /** The bytes of one row in the codec of {@link #info}, if the row is a copy of a stored one. */
    default Optional<MemorySegment> rawRow(long row) {
        return Optional.empty();
    }
}

package dev.nibble.core.conversion;

import dev.nibble.core.model.mapping.Mapping;
import dev.nibble.core.model.mapping.TensorName;
import dev.nibble.core.model.mapping.TensorRule;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;

/**
 * A tensor of a Hugging Face directory, and the place it has in the GGUF tensor made of it.
 *
 * @param name in the directory's files
 * @param rule of the GGUF tensor
 * @param part which of the rule's sources it is
 */
public record StoredTensor(String name, TensorRule rule, int part) {
    /** The name of the layer whose weight it is, as calibration knows it: GGUF's without {@code .weight}, an expert's number behind it. */
    public String layer() {
        String gguf = TensorName.withoutWeight(rule.gguf());
        return rule.mapping() instanceof Mapping.Stacked ? TensorName.expert(gguf, part) : gguf;
    }

    /** The name without {@code .weight}, as configurations name the layer. */
    public String module() {
        return TensorName.withoutWeight(name);
    }

    /** Its shape as a weight, outputs × inputs, whichever way the directory keeps it. */
    public Shape matrixShape() {
        return rule.mapping() instanceof Mapping.Transposed ? rule.shape() : rule.sourceShape();
    }

    /** Whether the directory keeps it as inputs × outputs. */
    public boolean isTransposed() {
        return rule.mapping() instanceof Mapping.Transposed;
    }

    /** The row of {@link #matrixShape} that is row {@code i} of the GGUF tensor, or of this tensor's part of it. */
    public long rowOf(long i) {
        return rule.mapping() instanceof Mapping.Rows rows ? rows.order().source().applyAsLong(i) : i;
    }

    /** The rows of {@link #matrixShape}, out of the GGUF tensor, in its codec. */
    public TensorSource matrix(Tensor gguf) {
        return isTransposed() ? Sources.copy(name, gguf, false) : restored(gguf);
    }

    /** It, or any tensor in its place, out of the GGUF tensor: rows back in their order, additions undone. */
    public TensorSource restored(Tensor gguf) {
        return Sources.fromGguf(rule, part, gguf);
    }
}

package dev.nibble.core.conversion;

import dev.nibble.core.model.mapping.TensorMapping;
import dev.nibble.core.model.mapping.TensorName;
import dev.nibble.core.model.mapping.TensorRule;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;

/**
 * A tensor of a Hugging Face directory and its place in the GGUF tensor made from it.
 *
 * @param name in the directory's files
 * @param rule of the GGUF tensor
 * @param part index among the rule's sources
 */
public record StoredTensor(String name, TensorRule rule, int part) {
    /** The layer's name in calibration: GGUF's without {@code .weight}, followed by an expert's number. */
    public String layer() {
        String gguf = TensorName.withoutWeight(rule.gguf());
        return rule.mapping() instanceof TensorMapping.Stacked ? TensorName.expert(gguf, part) : gguf;
    }

    /** The name without {@code .weight}, as used in configurations. */
    public String module() {
        return TensorName.withoutWeight(name);
    }

    /** The shape as a weight, outputs × inputs, even if stored transposed. */
    public Shape matrixShape() {
        return rule.mapping() instanceof TensorMapping.Transposed ? rule.shape() : rule.sourceShape();
    }

    /** Whether it is stored as inputs × outputs. */
    public boolean isTransposed() {
        return rule.mapping() instanceof TensorMapping.Transposed;
    }

    /** The row of {@link #matrixShape} that is row {@code i} of the GGUF tensor, or of this tensor's part of it. */
    public long rowOf(long i) {
        return rule.mapping() instanceof TensorMapping.Rows rows ? rows.order().source().applyAsLong(i) : i;
    }

    /** The rows of {@link #matrixShape}, taken from the GGUF tensor, in its codec. */
    public TensorSource matrix(Tensor gguf) {
        return isTransposed() ? Sources.copy(name, gguf, false) : restored(gguf);
    }

    /** This tensor, or any replacement, taken from the GGUF tensor: row order restored, additions undone. */
    public TensorSource restored(Tensor gguf) {
        return Sources.fromGguf(rule, part, gguf);
    }
}

package dev.nibble.core.tensor;

import java.util.List;

/**
 * A weight as a layer uses it: stored values, and what its input must go through before it meets them. The layer computes
 * {@code values × Tn … T1 × input}.
 *
 * @param values          outputs × inputs
 * @param inputTransforms in the order in which the input goes through them; most weights have none
 */
public record Weight(Tensor values, List<Transform> inputTransforms) {
    public Weight {
        inputTransforms = List.copyOf(inputTransforms);
        inputTransforms.forEach(transform -> transform.check(values.columns()));
    }

    /** A weight whose input needs no preparation. */
    public static Weight of(Tensor values) {
        return new Weight(values, List.of());
    }

    /** Reads a row as the model sees it, {@code columns} numbers: the stored one with all transforms undone. */
    public void read(long row, float[] target, int from) {
        int columns = Math.toIntExact(values.columns());
        values.decode(row, 0, target, from, columns);
        float[] before = new float[inputTransforms.isEmpty() ? 0 : columns];
        for (Transform transform : inputTransforms.reversed()) {
            System.arraycopy(target, from, before, 0, columns);
            transform.applyTransposed(before, 0, target, from, columns);
        }
    }
}

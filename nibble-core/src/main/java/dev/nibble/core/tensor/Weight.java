package dev.nibble.core.tensor;

import java.util.List;

/**
 * A weight as a layer uses it: stored values, what its input must go through before it meets them, and what the product goes through after.
 * The layer computes {@code O1ᵀ … Omᵀ × values × Tn … T1 × input}.
 *
 * @param values           outputs × inputs
 * @param inputTransforms  T1 to Tn, in the order in which the input goes through them; most weights have none
 * @param outputTransforms O1 to Om, which take a column of the model's weight to one of the stored values; the product goes through their
 *                         transposes, the last one first
 * @param inputRounding    how the layer rounds its input, after the transforms
 */
public record Weight(Tensor values, List<Transform> inputTransforms, List<Transform> outputTransforms, InputRounding inputRounding) {
    public Weight {
        inputTransforms = List.copyOf(inputTransforms);
        inputTransforms.forEach(transform -> transform.check(values.columns()));
        outputTransforms = List.copyOf(outputTransforms);
        outputTransforms.forEach(transform -> transform.check(values.rows()));
    }

    /** A weight whose product is the output, of inputs that are not rounded. */
    public Weight(Tensor values, List<Transform> inputTransforms) {
        this(values, inputTransforms, List.of(), InputRounding.NONE);
    }

    /** A weight whose input needs no preparation. */
    public static Weight of(Tensor values) {
        return new Weight(values, List.of());
    }

    /** The same numbers, with inputs rounded in another way. */
    public Weight with(InputRounding rounding) {
        return new Weight(values, inputTransforms, outputTransforms, rounding);
    }

    /**
     * Reads a row as the model sees it, {@code columns} numbers: the stored one with all transforms undone. Where there are output
     * transforms every stored row is decoded for it: ask for several at once.
     */
    public void read(long row, float[] target, int from) {
        read(new long[]{row}, target, from);
    }

    /** Reads some rows, one after the other. */
    public void read(long[] rows, float[] target, int from) {
        int columns = Math.toIntExact(values.columns());
        if (outputTransforms.isEmpty()) {
            for (int i = 0; i < rows.length; i++) {
                values.decode(rows[i], 0, target, from + i * columns, columns);
            }
        } else {
            combine(rows, target, from, columns);
        }
        float[] before = new float[inputTransforms.isEmpty() ? 0 : columns];
        for (int at = from; at < from + rows.length * columns; at += columns) {
            for (Transform transform : inputTransforms.reversed()) {
                System.arraycopy(target, at, before, 0, columns);
                transform.applyTransposed(before, 0, target, at, columns);
            }
        }
    }

    /** Row r of {@code Oᵀ × values} has the shares {@code O × e_r} of the stored rows. */
    private void combine(long[] rows, float[] target, int from, int columns) {
        int stored = Math.toIntExact(values.rows());
        float[][] shares = new float[rows.length][];
        for (int i = 0; i < rows.length; i++) {
            float[] share = new float[stored];
            share[Math.toIntExact(rows[i])] = 1;
            for (Transform transform : outputTransforms) {
                float[] next = new float[stored];
                transform.apply(share, 0, next, 0, stored);
                share = next;
            }
            shares[i] = share;
        }
        double[] sums = new double[Math.multiplyExact(rows.length, columns)];
        float[] row = new float[columns];
        for (int s = 0; s < stored; s++) {
            values.decode(s, 0, row, 0, columns);
            for (int i = 0; i < rows.length; i++) {
                float share = shares[i][s];
                for (int c = 0; share != 0 && c < columns; c++) {
                    sums[i * columns + c] += (double) share * row[c];
                }
            }
        }
        for (int i = 0; i < sums.length; i++) {
            target[from + i] = (float) sums[i];
        }
    }
}

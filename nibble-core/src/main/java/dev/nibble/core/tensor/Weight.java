package dev.nibble.core.tensor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A weight as a layer uses it: stored values, the transforms of the input before the product, and those of the output after it. The layer
 * computes {@code O1ᵀ … Omᵀ × values × Tn … T1 × input}.
 *
 * @param values           outputs × inputs
 * @param inputTransforms  T1 to Tn, in the order in which they are applied; most weights have none
 * @param outputTransforms O1 to Om, which map a column of the model's weight to one of the stored values; their transposes are applied to
 *                         the product, the last one first
 * @param inputQuantization quantization of the layer's input, after the transforms
 */
public record Weight(Tensor values, List<Transform> inputTransforms, List<Transform> outputTransforms,
        ActivationQuantization inputQuantization) {
    public Weight {
        inputTransforms = List.copyOf(inputTransforms);
        check(inputTransforms, values.columns());
        outputTransforms = List.copyOf(outputTransforms);
        check(outputTransforms, values.rows());
    }

    private static void check(List<Transform> transforms, long stored) {
        long count = stored;
        for (Transform transform : transforms.reversed()) {
            if (transform.outputs() != count) {
                throw new IllegalArgumentException("a " + transform.getClass().getSimpleName() + " to " + transform.outputs()
                        + " numbers where there are " + count);
            }
            count = transform.inputs();
        }
    }

    /** A weight without output transforms, whose inputs are not quantized. */
    public Weight(Tensor values, List<Transform> inputTransforms) {
        this(values, inputTransforms, List.of(), ActivationQuantization.NONE);
    }

    /** A weight without transforms, whose inputs are not quantized. */
    public static Weight of(Tensor values) {
        return new Weight(values, List.of());
    }

    /** Outputs of the layer. */
    public long rows() {
        return outputTransforms.isEmpty() ? values.rows() : outputTransforms.getFirst().inputs();
    }

    /** Inputs of the layer. */
    public long columns() {
        return inputTransforms.isEmpty() ? values.columns() : inputTransforms.getFirst().inputs();
    }

    /** Outputs {@code first} to {@code first + count}. */
    public Weight rows(long first, long count) {
        if (outputTransforms.isEmpty()) {
            Tensor part = new Tensor(values.codec(), Shape.of(count, values.columns()),
                    values.data().asSlice(first * values.rowBytes(), count * values.rowBytes()));
            return new Weight(part, inputTransforms, List.of(), inputQuantization);
        }
        return first == 0 && count == rows() ? this : rows(IntStream.range((int) first, (int) (first + count)).toArray());
    }

    /** The given outputs, in this order. */
    public Weight rows(int[] some) {
        List<Transform> transforms = new ArrayList<>(outputTransforms);
        int[] places = some;
        if (!transforms.isEmpty() && transforms.getFirst() instanceof Transform.Padding padding) {
            transforms.removeFirst();
            places = Arrays.stream(some).map(row -> padding.places()[row]).toArray();
        }
        int all = Math.toIntExact(transforms.isEmpty() ? values.rows() : transforms.getFirst().inputs());
        transforms.addFirst(new Transform.Padding(places, all));
        return new Weight(values, inputTransforms, transforms, inputQuantization);
    }

    /** The first {@code count} inputs; the others are zeros. */
    public Weight columns(long count) {
        if (count == columns()) {
            return this;
        }
        List<Transform> transforms = new ArrayList<>(inputTransforms);
        transforms.addFirst(new Transform.Padding(IntStream.range(0, Math.toIntExact(count)).toArray(), Math.toIntExact(columns())));
        return new Weight(values, transforms, outputTransforms, inputQuantization);
    }

    /** The same weight with another quantization of its inputs. */
    public Weight with(ActivationQuantization rounding) {
        return new Weight(values, inputTransforms, outputTransforms, rounding);
    }

    /**
     * Reads a row of the model's weight, {@code columns()} numbers: the stored row with all transforms undone. With output transforms every
     * stored row is decoded for it: ask for several at once.
     */
    public void read(long row, float[] target, int from) {
        read(new long[]{row}, target, from);
    }

    /** Reads some rows, one after the other. */
    public void read(long[] rows, float[] target, int from) {
        int columns = Math.toIntExact(columns());
        int stored = Math.toIntExact(values.columns());
        float[] row = new float[stored];
        double[] sums = outputTransforms.isEmpty() ? new double[0] : combined(rows, stored);
        for (int i = 0; i < rows.length; i++) {
            if (outputTransforms.isEmpty()) {
                values.decode(rows[i], 0, row, 0, stored);
            } else {
                for (int c = 0; c < stored; c++) {
                    row[c] = (float) sums[i * stored + c];
                }
            }
            float[] seen = row;
            for (Transform transform : inputTransforms.reversed()) {
                float[] before = new float[transform.inputs()];
                transform.applyTransposed(seen, 0, before, 0);
                seen = before;
            }
            System.arraycopy(seen, 0, target, from + i * columns, columns);
        }
    }

    /** Row r of {@code Oᵀ × values} combines the stored rows with the coefficients {@code O × e_r}. */
    private double[] combined(long[] rows, int columns) {
        float[][] shares = new float[rows.length][];
        for (int i = 0; i < rows.length; i++) {
            float[] share = new float[Math.toIntExact(rows())];
            share[Math.toIntExact(rows[i])] = 1;
            for (Transform transform : outputTransforms) {
                float[] next = new float[transform.outputs()];
                transform.apply(share, 0, next, 0);
                share = next;
            }
            shares[i] = share;
        }
        double[] sums = new double[Math.multiplyExact(rows.length, columns)];
        float[] row = new float[columns];
        for (int s = 0; s < values.rows(); s++) {
            values.decode(s, 0, row, 0, columns);
            for (int i = 0; i < rows.length; i++) {
                float share = shares[i][s];
                for (int c = 0; share != 0 && c < columns; c++) {
                    sums[i * columns + c] += (double) share * row[c];
                }
            }
        }
        return sums;
    }
}

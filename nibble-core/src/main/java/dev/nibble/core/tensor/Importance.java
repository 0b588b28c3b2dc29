package dev.nibble.core.tensor;

/**
 * The weights of the numbers' errors: one per column, such as the mean square of a layer's inputs (llama.cpp's imatrix).
 *
 * <p>
 * A matrix has one importance ({@link #ofColumns}); a codec gets it bound to the row being encoded ({@link #ofRow}), because some codecs
 * also weigh by the row's mean square.
 */
public final class Importance {
    /** Every error counts the same. */
    public static final Importance EQUAL = new Importance(null, 0, 0);

    private final float[] weights;
    private final int rowStart;
    private final float rowMeanSquare;

    private Importance(float[] weights, int rowStart, float rowMeanSquare) {
        this.weights = weights;
        this.rowStart = rowStart;
        this.rowMeanSquare = rowMeanSquare;
    }

    /** @param weights one per column, finite and not negative; not copied */
    public static Importance ofColumns(float[] weights) {
        return new Importance(weights, 0, 0);
    }

    /** The same weights, for the row of {@code count} numbers that starts at {@code numbers[from]}. */
    public Importance ofRow(float[] numbers, int from, int count) {
        if (isEqual()) {
            return this;
        }
        if (weights.length != count) {
            throw new IllegalArgumentException(weights.length + " importance weights for rows of " + count);
        }
        float sum = 0;
        for (int i = from; i < from + count; i++) {
            sum += numbers[i] * numbers[i];
        }
        return new Importance(weights, from, sum / count);
    }

    public boolean isEqual() {
        return weights == null;
    }

    /** The weight of {@code numbers[index]}, by its index in the array that {@link #ofRow} was given. Not for {@link #EQUAL}. */
    public float weight(int index) {
        return weights[index - rowStart];
    }

    /** Mean of the row's squares, summed in float from left to right as in ggml. Not for {@link #EQUAL}. */
    public float rowMeanSquare() {
        return rowMeanSquare;
    }
}

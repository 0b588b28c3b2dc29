package dev.nibble.core.quantization;

import dev.nibble.core.linalg.Hadamard;
import java.util.SplittableRandom;

/**
 * A random orthogonal map R of vectors: signs, then the Hadamard matrix ({@link Hadamard}). In a model whose norms have no weights, the
 * residual stream can be rotated without changing the model: readers become {@code W · Rᵀ}, writers {@code R · W}. That spreads outliers
 * over all channels, for any codec. Ashkboos et al. 2024, "QuaRot"; Liu et al. 2024, "SpinQuant" (R1, and R2 with one map for every head).
 */
public final class Rotation {
    private final float[] signs;

    private Rotation(float[] signs) {
        this.signs = signs;
    }

    /** The same seed gives the same map. */
    public static Rotation of(int size, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] signs = new float[size];
        for (int i = 0; i < size; i++) {
            signs[i] = random.nextBoolean() ? 1 : -1;
        }
        return new Rotation(signs);
    }

    /** {@code x ← R · x} for each of the vectors in {@code count} values. Applied to a row of W, it gives that row of {@code W · Rᵀ}. */
    public void apply(float[] x, int from, int count) {
        if (count % signs.length != 0) {
            throw new IllegalArgumentException(count + " numbers for a rotation of " + signs.length);
        }
        for (int at = from; at < from + count; at += signs.length) {
            for (int i = 0; i < signs.length; i++) {
                x[at + i] *= signs[i];
            }
            Hadamard.transform(x, at, signs.length);
        }
    }

    /** {@code W ← R · W} for a row-major matrix of rows × columns; groups of rows as in {@link #apply}. */
    public void applyToRows(float[] matrix, int rows, int columns) {
        float[] column = new float[rows];
        for (int i = 0; i < columns; i++) {
            for (int row = 0; row < rows; row++) {
                column[row] = matrix[row * columns + i];
            }
            apply(column, 0, rows);
            for (int row = 0; row < rows; row++) {
                matrix[row * columns + i] = column[row];
            }
        }
    }
}

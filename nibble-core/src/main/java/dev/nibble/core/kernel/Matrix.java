package dev.nibble.core.kernel;

import java.util.Objects;

/**
 * Activations: {@code rows × columns} floats, row after row, one row per token; a view of an array, not a copy.
 *
 * @param from where in {@code data} row 0 starts
 */
public record Matrix(float[] data, int from, int rows, int columns) {
    public Matrix {
        if (rows < 0 || columns < 0) {
            throw new IllegalArgumentException("a matrix of " + rows + "×" + columns);
        }
        Objects.checkFromIndexSize(from, Math.multiplyExact(rows, columns), data.length);
    }

    /** A new one, of zeros. */
    public static Matrix of(int rows, int columns) {
        return new Matrix(new float[Math.multiplyExact(rows, columns)], 0, rows, columns);
    }

    /** Where in {@link #data} a row starts. */
    public int at(int row) {
        return from + row * columns;
    }

    /** Rows {@code first} to {@code first + count} of the same numbers. */
    public Matrix slice(int first, int count) {
        Objects.checkFromIndexSize(first, count, rows);
        return new Matrix(data, at(first), count, columns);
    }
}

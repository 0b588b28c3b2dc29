package dev.nibble.core.kernel;

import java.util.Objects;

/**
 * Activations: {@code rows × columns} floats, row after row, one row per token; a view of an array, not a copy.
 *
 * @param from index in {@code data} of row 0
 */
public record Matrix(float[] data, int from, int rows, int columns) {
    public Matrix {
        if (rows < 0 || columns < 0) {
            throw new IllegalArgumentException("a matrix of " + rows + "×" + columns);
        }
        Objects.checkFromIndexSize(from, Math.multiplyExact(rows, columns), data.length);
    }

    /** A new matrix of zeros. */
    public static Matrix of(int rows, int columns) {
        return new Matrix(new float[Math.multiplyExact(rows, columns)], 0, rows, columns);
    }

    /** Index in {@link #data} of the start of a row. */
    public int at(int row) {
        return from + row * columns;
    }

    /** Rows {@code first} to {@code first + count} of the same array. */
    public Matrix slice(int first, int count) {
        Objects.checkFromIndexSize(first, count, rows);
        return new Matrix(data, at(first), count, columns);
    }
}

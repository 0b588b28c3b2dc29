package dev.nibble.core.fold;

import dev.nibble.core.quantization.Rotation;
import java.util.Arrays;

/** A change to the numbers of a tensor. */
sealed interface TensorChange {
    /** Changes some rows, one after the other from {@code numbers[from]} on. @param firstRow where they are in the tensor */
    void apply(float[] numbers, int from, long firstRow, int rows, int columns);

    /** Whether all rows must be there at once. */
    default boolean whole() {
        return false;
    }

    /** {@code W · diag(factors)}. */
    record MultiplyColumns(float[] factors) implements TensorChange {
        @Override
        public void apply(float[] numbers, int from, long firstRow, int rows, int columns) {
            if (columns != factors.length) {
                throw new IllegalArgumentException(factors.length + " factors for " + columns + " columns");
            }
            for (int i = 0; i < rows * columns; i++) {
                numbers[from + i] *= factors[i % columns];
            }
        }
    }

    /** {@code diag(1/divisors) · W}, for rows from {@code first} on. */
    record DivideRows(int first, float[] divisors) implements TensorChange {
        @Override
        public void apply(float[] numbers, int from, long firstRow, int rows, int columns) {
            for (int row = 0; row < rows; row++) {
                long divisor = firstRow + row - first;
                for (int i = 0; i < columns && divisor >= 0 && divisor < divisors.length; i++) {
                    numbers[from + row * columns + i] /= divisors[(int) divisor];
                }
            }
        }
    }

    /** Of a vector: numbers from {@code first} on. */
    record Divide(int first, float[] divisors) implements TensorChange {
        @Override
        public void apply(float[] numbers, int from, long firstRow, int rows, int columns) {
            for (int i = 0; i < divisors.length; i++) {
                numbers[from + first + i] /= divisors[i];
            }
        }
    }

    /** Everything becomes 1: a norm whose weight went elsewhere. */
    record Ones() implements TensorChange {
        @Override
        public void apply(float[] numbers, int from, long firstRow, int rows, int columns) {
            Arrays.fill(numbers, from, from + rows * columns, 1);
        }
    }

    /** {@code W · Rᵀ}, for as many vectors side by side as a row holds. */
    record RotateColumns(Rotation rotation) implements TensorChange {
        @Override
        public void apply(float[] numbers, int from, long firstRow, int rows, int columns) {
            rotation.apply(numbers, from, rows * columns);
        }
    }

    /** {@code R · W}, for as many vectors one above the other as a column holds. */
    record RotateRows(Rotation rotation) implements TensorChange {
        @Override
        public void apply(float[] numbers, int from, long firstRow, int rows, int columns) {
            rotation.applyToRows(numbers, rows, columns);
        }

        @Override
        public boolean whole() {
            return true;
        }
    }
}

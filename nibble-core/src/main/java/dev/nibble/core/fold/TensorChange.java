package dev.nibble.core.fold;

import dev.nibble.core.quantization.Rotation;
import java.util.Arrays;

/** A change to the values of a tensor. */
sealed interface TensorChange {
    /** Changes consecutive rows, from {@code numbers[from]} on. @param firstRow their position in the tensor */
    void apply(float[] numbers, int from, long firstRow, int rows, int columns);

    /** Whether all rows are needed at once. */
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

    /** {@code diag(1/divisors) · W}, for rows {@code first} and later. */
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

    /** Division of a vector's elements {@code first} and later. */
    record Divide(int first, float[] divisors) implements TensorChange {
        @Override
        public void apply(float[] numbers, int from, long firstRow, int rows, int columns) {
            for (int i = 0; i < divisors.length; i++) {
                numbers[from + first + i] /= divisors[i];
            }
        }
    }

    /** All ones: a norm whose weight was folded elsewhere. */
    record Ones() implements TensorChange {
        @Override
        public void apply(float[] numbers, int from, long firstRow, int rows, int columns) {
            Arrays.fill(numbers, from, from + rows * columns, 1);
        }
    }

    /** {@code W · Rᵀ}, for each of the vectors in a row. */
    record RotateColumns(Rotation rotation) implements TensorChange {
        @Override
        public void apply(float[] numbers, int from, long firstRow, int rows, int columns) {
            rotation.apply(numbers, from, rows * columns);
        }
    }

    /** {@code R · W}, for each of the vectors in a column. */
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

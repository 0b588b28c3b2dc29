package dev.nibble.core.backend;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;

/** Random weights and activations to multiply. */
public final class Weights {
    private Weights() {}

    /** Normally distributed values, encoded row by row. */
    public static Tensor random(Codec codec, int rows, int columns, Random random) {
        return of(codec, rows, columns, column -> (float) random.nextGaussian());
    }

    /** Values that depend on the column, encoded row by row. */
    static Tensor of(Codec codec, int rows, int columns, Column numbers) {
        MemorySegment data = MemorySegment.ofArray(new byte[Math.toIntExact(codec.bytes((long) rows * columns))]);
        float[] row = new float[columns];
        float[] ones = new float[columns];
        Arrays.fill(ones, 1);
        Importance importance = codec.needsImportance() ? Importance.ofColumns(ones) : Importance.EQUAL;
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                row[j] = numbers.number(j);
            }
            codec.encode(row, 0, columns, importance, data, i * codec.bytes(columns));
        }
        return new Tensor(codec, Shape.of(rows, columns), data);
    }

    /** Value of a column. */
    @FunctionalInterface
    interface Column {
        float number(int column);
    }

    /** A matrix in the middle of a larger array. */
    public static Matrix activations(int tokens, int columns, Random random) {
        float[] data = new float[tokens * columns + 12];
        for (int i = 0; i < data.length; i++) {
            data[i] = (float) random.nextGaussian();
        }
        return new Matrix(data, 7, tokens, columns);
    }
}

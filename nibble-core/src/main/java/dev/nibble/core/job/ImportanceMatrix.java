package dev.nibble.core.job;

import dev.nibble.core.checkpoint.imatrix.Imatrix;
import dev.nibble.core.plan.TensorRole;
import dev.nibble.core.tensor.Importance;
import dev.nibble.core.tensor.Shape;
import dev.nibble.error.UnsupportedException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Importance of a tensor's columns from an imatrix file: one set of weights per matrix, and so per expert. */
final class ImportanceMatrix {
    private final Optional<Imatrix> file;

    ImportanceMatrix(Optional<Imatrix> file) {
        this.file = file;
    }

    /** Importances of a tensor's matrices, in order; a single EQUAL if the file lacks the tensor. */
    List<Importance> of(String name, Shape shape) {
        float[] weights = file.flatMap(imatrix -> imatrix.weights(name)).orElse(null);
        if (weights == null) {
            return List.of(Importance.EQUAL);
        }
        int columns = Math.toIntExact(shape.columns());
        long matrices = shape.rank() < 3 ? 1 : shape.rows() / shape.dimension(shape.rank() - 2);
        if (weights.length != matrices * columns) {
            if (TensorRole.of(name) == TensorRole.TOKEN_EMBEDDING) {
                return List.of(Importance.EQUAL); // looked up, never multiplied: llama.cpp's files have no use for it
            }
            throw new UnsupportedException("the importance matrix has " + weights.length + " weights for tensor " + name + ", which has "
                    + matrices * columns + " columns; it was made for another model");
        }
        return IntStream.range(0, (int) matrices).mapToObj(i -> importance(Arrays.copyOfRange(weights, i * columns, (i + 1) * columns)))
                .toList();
    }

    /** Zeros alone are of an expert that saw no text, in {@code .dat} files: not measured, so all its columns count the same. */
    private static Importance importance(float[] columns) {
        for (float weight : columns) {
            if (weight != 0) {
                return Importance.ofColumns(columns);
            }
        }
        return Importance.ofColumns(ones(columns.length));
    }

    private static float[] ones(int count) {
        float[] ones = new float[count];
        Arrays.fill(ones, 1);
        return ones;
    }
}

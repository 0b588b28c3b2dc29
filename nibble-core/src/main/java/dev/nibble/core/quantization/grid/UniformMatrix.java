package dev.nibble.core.quantization.grid;

import dev.nibble.core.kernel.Matrix;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * A matrix in uniform codes: one grid for every part of each row.
 *
 * @param codes row after row
 * @param grids part after part
 * @param part  numbers that share a grid, side by side in the matrix; of all rows together if it is the whole matrix
 */
public record UniformMatrix(int rows, int columns, int[] codes, List<UniformGrid> grids, int part) {
    /** What shares a grid. */
    public sealed interface Granularity {
        /** Everything. */
        record PerTensor() implements Granularity {}

        /** A row: an output channel of a weight, or a token of activations. */
        record PerRow() implements Granularity {}

        /** {@code size} neighbours in a row. */
        record PerGroup(int size) implements Granularity {}
    }

    public UniformMatrix {
        grids = List.copyOf(grids);
    }

    /** @param fit finds the grid of a part's range, such as {@code range -> UniformGrid.affine(range, 8)} */
    public static UniformMatrix of(Matrix matrix, Granularity granularity, Function<Range, UniformGrid> fit) {
        int count = matrix.rows() * matrix.columns();
        int part = switch (granularity) {
            case Granularity.PerTensor all -> count;
            case Granularity.PerRow row -> matrix.columns();
            case Granularity.PerGroup group -> group.size;
        };
        if (part < 1 || (part < count && matrix.columns() % part != 0)) {
            throw new IllegalArgumentException("groups of " + part + " in rows of " + matrix.columns());
        }
        List<UniformGrid> grids = new ArrayList<>();
        int[] codes = new int[count];
        for (int from = 0; from < count; from += part) {
            UniformGrid grid = fit.apply(Range.of(matrix.data(), matrix.from() + from, part));
            grids.add(grid);
            for (int i = from; i < from + part; i++) {
                codes[i] = grid.code(matrix.data()[matrix.from() + i]);
            }
        }
        return new UniformMatrix(matrix.rows(), matrix.columns(), codes, grids, part);
    }

    public Matrix decoded() {
        Matrix decoded = Matrix.of(rows, columns);
        for (int i = 0; i < codes.length; i++) {
            decoded.data()[i] = (float) grids.get(i / part).value(codes[i]);
        }
        return decoded;
    }
}

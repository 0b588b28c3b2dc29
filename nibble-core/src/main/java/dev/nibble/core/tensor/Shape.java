package dev.nibble.core.tensor;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * The dimensions of a tensor, slowest first as in safetensors and PyTorch: {@code [outputs, inputs]} for a layer's weight. The last one is
 * the length of a row. GGUF files store the dimensions in reverse order.
 */
public record Shape(List<Long> dimensions) {
    public Shape {
        dimensions = List.copyOf(dimensions);
        long product = 1;
        for (long dimension : dimensions) {
            if (dimension < 0) {
                throw new IllegalArgumentException("negative dimension in " + dimensions);
            }
            product = Math.multiplyExact(product, Math.max(dimension, 1));
        }
    }

    public static Shape of(long... dimensions) {
        return new Shape(LongStream.of(dimensions).boxed().toList());
    }

    public int rank() {
        return dimensions.size();
    }

    public long dimension(int i) {
        return dimensions.get(i);
    }

    /** Numbers in the tensor; 1 for a scalar, 0 if a dimension is 0. */
    public long count() {
        return dimensions.stream().mapToLong(Long::longValue).reduce(1, Math::multiplyExact);
    }

    /** Numbers in a row: the last dimension; 1 for a scalar. */
    public long columns() {
        return rank() == 0 ? 1 : dimensions.get(rank() - 1);
    }

    /** Number of rows: the product of all leading dimensions. */
    public long rows() {
        return dimensions.stream().limit(Math.max(rank() - 1, 0)).mapToLong(Long::longValue).reduce(1, Math::multiplyExact);
    }

    /** The dimensions fastest first, as GGUF writes them. */
    public long[] fastestFirst() {
        long[] reversed = new long[rank()];
        Arrays.setAll(reversed, i -> dimensions.get(rank() - 1 - i));
        return reversed;
    }

    @Override
    public String toString() {
        return dimensions.stream().map(String::valueOf).collect(Collectors.joining("×", "[", "]"));
    }
}

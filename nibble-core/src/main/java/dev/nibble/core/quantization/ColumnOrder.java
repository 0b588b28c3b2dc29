package dev.nibble.core.quantization;

import java.util.Comparator;
import java.util.stream.IntStream;

/** The order in which GPTQ quantizes the columns of a weight; later columns absorb the errors of all earlier ones. */
enum ColumnOrder {
    /** Stored order. */
    NATURAL,
    /**
     * Act-order: columns of the largest inputs first, and stored in that order, so groups have similar columns. The layer's input must then
     * be permuted ({@link dev.nibble.core.tensor.Transform.Permutation}; GPTQ's {@code g_idx}).
     */
    ACTIVATION,
    /** Columns of the largest inputs first, stored in the original order; all grids are fixed before the first column is quantized. */
    STATIC_GROUPS,
    /** Blocks by their largest input, and within a block columns of the largest inputs first; stored in the original order. */
    GROUP_AWARE;

    /** The order of processing: step {@code k} quantizes column {@code order[k]}. */
    int[] processingOrder(double[] inputs, int blockSize) {
        Comparator<Integer> largestFirst = Comparator.<Integer>comparingDouble(i -> -inputs[i]).thenComparingInt(i -> i);
        return switch (this) {
            case NATURAL -> IntStream.range(0, inputs.length).toArray();
            case ACTIVATION, STATIC_GROUPS -> IntStream.range(0, inputs.length).boxed().sorted(largestFirst).mapToInt(i -> i).toArray();
            case GROUP_AWARE -> {
                double[] largest = new double[inputs.length / blockSize];
                for (int i = 0; i < inputs.length; i++) {
                    largest[i / blockSize] = Math.max(largest[i / blockSize], inputs[i]);
                }
                yield IntStream.range(0, inputs.length).boxed()
                        .sorted(Comparator.<Integer>comparingDouble(i -> -largest[i / blockSize]).thenComparingInt(i -> i / blockSize)
                                .thenComparing(largestFirst))
                        .mapToInt(i -> i).toArray();
            }
        };
    }
}

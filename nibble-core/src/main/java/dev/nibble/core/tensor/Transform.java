package dev.nibble.core.tensor;

/**
 * What the input of a layer goes through before it meets the stored values: a linear map T, so that the layer computes
 * {@code values × T × input} and its weight as the model sees it is {@code values × T}.
 */
public sealed interface Transform {
    /** Writes {@code count} numbers of {@code T × input}; the two arrays may not be the same. */
    void apply(float[] input, int from, float[] output, int to, int count);

    /** The same for the transpose of T: takes a row of stored values to a row of the weight as the model sees it. */
    void applyTransposed(float[] input, int from, float[] output, int to, int count);

    /** @throws IllegalArgumentException if it is no map of {@code columns} numbers */
    void check(long columns);

    /**
     * GPTQ's act-order: stored column {@code i} is input column {@code order[i]}.
     *
     * @param order every column once; not copied
     */
    record Permutation(int[] order) implements Transform {
        public Permutation {
            boolean[] seen = new boolean[order.length];
            for (int column : order) {
                if (column < 0 || column >= order.length || seen[column]) {
                    throw new IllegalArgumentException(
                            "no permutation of " + order.length + " columns: " + column + " is out of range or double");
                }
                seen[column] = true;
            }
        }

        @Override
        public void apply(float[] input, int from, float[] output, int to, int count) {
            check(count);
            for (int i = 0; i < count; i++) {
                output[to + i] = input[from + order[i]];
            }
        }

        @Override
        public void applyTransposed(float[] input, int from, float[] output, int to, int count) {
            check(count);
            for (int i = 0; i < count; i++) {
                output[to + order[i]] = input[from + i];
            }
        }

        @Override
        public void check(long columns) {
            equal("permutation", order.length, columns);
        }
    }

    /**
     * AWQ and SmoothQuant, where the scale could not be folded into the layer before: input column {@code i} is multiplied by
     * {@code scale[i]}.
     *
     * @param scale not copied
     */
    record ChannelScale(float[] scale) implements Transform {
        @Override
        public void apply(float[] input, int from, float[] output, int to, int count) {
            check(count);
            for (int i = 0; i < count; i++) {
                output[to + i] = input[from + i] * scale[i];
            }
        }

        @Override
        public void applyTransposed(float[] input, int from, float[] output, int to, int count) {
            apply(input, from, output, to, count);
        }

        @Override
        public void check(long columns) {
            equal("scale", scale.length, columns);
        }
    }

    /**
     * QuIP# and QuaRot: the signs (or factors), then the orthonormal Hadamard matrix of Sylvester's construction on every {@code size}
     * numbers: {@code H[i][j] = (−1)^bits(i and j) / √size}.
     *
     * @param size  a power of two that divides the number of columns
     * @param signs one factor per column, ±1; not copied
     */
    record Hadamard(int size, float[] signs) implements Transform {
        public Hadamard {
            if (Integer.bitCount(size) != 1 || size < 1 || signs.length % size != 0) {
                throw new IllegalArgumentException("a Hadamard transform of size " + size + " on " + signs.length + " columns");
            }
        }

        @Override
        public void apply(float[] input, int from, float[] output, int to, int count) {
            check(count);
            for (int i = 0; i < count; i++) {
                output[to + i] = input[from + i] * signs[i];
            }
            rotate(output, to, count);
        }

        @Override
        public void applyTransposed(float[] input, int from, float[] output, int to, int count) {
            check(count);
            System.arraycopy(input, from, output, to, count);
            rotate(output, to, count);
            for (int i = 0; i < count; i++) {
                output[to + i] *= signs[i];
            }
        }

        @Override
        public void check(long columns) {
            equal("signs", signs.length, columns);
        }

        private void rotate(float[] numbers, int from, int count) {
            for (int half = 1; half < size; half *= 2) {
                for (int i = 0; i < count; i++) {
                    if ((i & half) == 0) {
                        float sum = numbers[from + i] + numbers[from + i + half];
                        numbers[from + i + half] = numbers[from + i] - numbers[from + i + half];
                        numbers[from + i] = sum;
                    }
                }
            }
            float norm = (float) (1 / Math.sqrt(size));
            for (int i = from; i < from + count; i++) {
                numbers[i] *= norm;
            }
        }
    }

    private static void equal(String what, long found, long columns) {
        if (found != columns) {
            throw new IllegalArgumentException("a " + what + " of " + found + " columns on " + columns);
        }
    }
}

package dev.nibble.core.tensor;

import java.util.Arrays;

/** A linear map T of a layer's input: the layer computes {@code values × T × input}, so the model's weight is {@code values × T}. */
public sealed interface Transform {
    /** Number of inputs. */
    int inputs();

    /** Number of outputs: equal to the inputs, except for {@link Padding}. */
    default int outputs() {
        return inputs();
    }

    /** Writes {@code T × input}, {@link #outputs} numbers; the two arrays may not be the same. */
    void apply(float[] input, int from, float[] output, int to);

    /** The same for the transpose of T, {@link #inputs} numbers: maps a row of stored values to a row of the model's weight. */
    void applyTransposed(float[] input, int from, float[] output, int to);

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
        public void apply(float[] input, int from, float[] output, int to) {
            for (int i = 0; i < order.length; i++) {
                output[to + i] = input[from + order[i]];
            }
        }

        @Override
        public void applyTransposed(float[] input, int from, float[] output, int to) {
            for (int i = 0; i < order.length; i++) {
                output[to + order[i]] = input[from + i];
            }
        }

        @Override
        public int inputs() {
            return order.length;
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
        public void apply(float[] input, int from, float[] output, int to) {
            for (int i = 0; i < scale.length; i++) {
                output[to + i] = input[from + i] * scale[i];
            }
        }

        @Override
        public void applyTransposed(float[] input, int from, float[] output, int to) {
            apply(input, from, output, to);
        }

        @Override
        public int inputs() {
            return scale.length;
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
        public void apply(float[] input, int from, float[] output, int to) {
            for (int i = 0; i < signs.length; i++) {
                output[to + i] = input[from + i] * signs[i];
            }
            rotate(output, to);
        }

        @Override
        public void applyTransposed(float[] input, int from, float[] output, int to) {
            System.arraycopy(input, from, output, to, signs.length);
            rotate(output, to);
            for (int i = 0; i < signs.length; i++) {
                output[to + i] *= signs[i];
            }
        }

        @Override
        public int inputs() {
            return signs.length;
        }

        private void rotate(float[] numbers, int from) {
            for (int half = 1; half < size; half *= 2) {
                for (int i = 0; i < signs.length; i++) {
                    if ((i & half) == 0) {
                        float sum = numbers[from + i] + numbers[from + i + half];
                        numbers[from + i + half] = numbers[from + i] - numbers[from + i + half];
                        numbers[from + i] = sum;
                    }
                }
            }
            float norm = (float) (1 / Math.sqrt(size));
            for (int i = from; i < from + signs.length; i++) {
                numbers[i] *= norm;
            }
        }
    }

    /**
     * QuIP#: an orthogonal matrix A of signs, mostly a Hadamard matrix of an order that is not a power of two, on segments of a vector. The
     * vector as {@code order} rows of a matrix X becomes {@code A · X / √order}. After {@link Hadamard} on every segment, the result is the
     * Kronecker product of both.
     *
     * @param signs   the rows of A, each entry 1 or −1; not copied
     * @param stretch numbers in a row of X
     */
    record Kronecker(byte[][] signs, int stretch) implements Transform {
        public Kronecker {
            for (byte[] row : signs) {
                if (row.length != signs.length) {
                    throw new IllegalArgumentException("a matrix with " + signs.length + " rows, and one of " + row.length + " columns");
                }
            }
            if (stretch < 1 || (long) signs.length * stretch > Integer.MAX_VALUE) {
                throw new IllegalArgumentException(signs.length + " stretches of " + stretch + " numbers");
            }
        }

        @Override
        public int inputs() {
            return signs.length * stretch;
        }

        @Override
        public void apply(float[] input, int from, float[] output, int to) {
            multiply(input, from, output, to, false);
        }

        @Override
        public void applyTransposed(float[] input, int from, float[] output, int to) {
            multiply(input, from, output, to, true);
        }

        private void multiply(float[] input, int from, float[] output, int to, boolean transposed) {
            Arrays.fill(output, to, to + inputs(), 0);
            for (int i = 0; i < signs.length; i++) {
                for (int j = 0; j < signs.length; j++) {
                    add(transposed ? signs[j][i] : signs[i][j], input, from + j * stretch, output, to + i * stretch);
                }
            }
            float norm = (float) (1 / Math.sqrt(signs.length));
            for (int i = to; i < to + inputs(); i++) {
                output[i] *= norm;
            }
        }

        private void add(float sign, float[] input, int from, float[] output, int to) {
            for (int i = 0; i < stretch; i++) {
                output[to + i] += sign * input[from + i];
            }
        }
    }

    /**
     * Scatters numbers among zeros; the transpose gathers them. Used for the outputs of one of several fused layers, and of a layer stored
     * larger than the model's.
     *
     * @param places index of each number in the output, each once; not copied
     * @param size   number of outputs
     */
    record Padding(int[] places, int size) implements Transform {
        public Padding {
            boolean[] taken = new boolean[size];
            for (int place : places) {
                if (place < 0 || place >= size || taken[place]) {
                    throw new IllegalArgumentException("no places among " + size + ": " + place + " is out of range or double");
                }
                taken[place] = true;
            }
        }

        @Override
        public int inputs() {
            return places.length;
        }

        @Override
        public int outputs() {
            return size;
        }

        @Override
        public void apply(float[] input, int from, float[] output, int to) {
            Arrays.fill(output, to, to + size, 0);
            for (int i = 0; i < places.length; i++) {
                output[to + places[i]] = input[from + i];
            }
        }

        @Override
        public void applyTransposed(float[] input, int from, float[] output, int to) {
            for (int i = 0; i < places.length; i++) {
                output[to + i] = input[from + places[i]];
            }
        }
    }
}

package dev.nibble.core.quantization;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.tensor.Block;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;

/**
 * GPTQ's inner loops over some rows. Rows are independent; they are processed {@value #ROWS} at a time, and errors are accumulated over a
 * range of steps before being applied to all later columns at once, so that a part of the factor serves all rows while it is in the cache.
 * Every value gets its corrections in the order of the steps, so the result equals that of one row, one column at a time, bit for bit.
 */
final class ErrorFeedback {
    /** Rows processed together. */
    static final int ROWS = 16;

    private static final int RANGE = 128;
    private static final int TILE = 512;

    private final Codec codec;
    private final int[] steps;
    private final boolean permuted;
    private final boolean gridsFirst;
    private final BlockFit fit;
    private final Importance importance;
    private final double[] inputs;
    private final float[][] factor;
    private final int[] positions; // stored position of step k
    private final int[] stepOf; // step of a stored position

    /**
     * @param steps      step k quantizes column {@code steps[k]}
     * @param permuted   whether values are stored in the order of the steps
     * @param gridsFirst whether all blocks are fitted before the first step
     * @param inputs     the diagonal of H: 0 where a column never had an input
     */
    ErrorFeedback(Codec codec, int[] steps, boolean permuted, boolean gridsFirst, BlockFit fit, Importance importance, double[] inputs,
            InverseFactor factor) {
        this.codec = codec;
        this.steps = steps;
        this.permuted = permuted;
        this.gridsFirst = gridsFirst;
        this.fit = fit;
        this.inputs = inputs;
        this.factor = factor.rows();
        this.positions = new int[steps.length];
        this.stepOf = new int[steps.length];
        for (int k = 0; k < steps.length; k++) {
            positions[k] = permuted ? k : steps[k];
            stepOf[positions[k]] = k;
        }
        this.importance = stored(importance);
    }

    private Importance stored(Importance byColumn) {
        if (byColumn.isEqual()) {
            return byColumn;
        }
        float[] weights = new float[steps.length];
        for (int k = 0; k < steps.length; k++) {
            weights[positions[k]] = byColumn.weight(steps[k]);
        }
        return Importance.ofColumns(weights);
    }

    int[] steps() {
        return steps;
    }

    boolean permuted() {
        return permuted;
    }

    /** A row being encoded. */
    private final class Row {
        private final float[] numbers = new float[steps.length]; // in the order of the steps
        private final float[] stored = new float[steps.length]; // for fitting
        private final Block[] blocks = new Block[steps.length / codec.blockSize()];
        private final float[] errors = new float[RANGE];
        private final Importance bound;

        Row(Matrix weight, int row) {
            for (int k = 0; k < steps.length; k++) {
                numbers[k] = inputs[steps[k]] == 0 ? 0 : weight.data()[weight.at(row) + steps[k]];
                stored[positions[k]] = numbers[k];
            }
            bound = importance.ofRow(stored, 0, stored.length);
            for (int block = 0; gridsFirst && block < blocks.length; block++) {
                blocks[block] = fit.fit(codec, stored, block * codec.blockSize(), bound);
            }
        }

        private Block block(int index) {
            if (blocks[index] == null) {
                int from = index * codec.blockSize();
                for (int i = from; i < from + codec.blockSize(); i++) {
                    stored[i] = numbers[stepOf[i]];
                }
                blocks[index] = fit.fit(codec, stored, from, bound);
            }
            return blocks[index];
        }

        void quantizeColumns(int begin, int end) {
            for (int k = begin; k < end; k++) {
                Block block = block(positions[k] / codec.blockSize());
                int i = positions[k] % codec.blockSize();
                if (i % block.dimension() == 0) {
                    block.choose(i, numbers, k);
                }
                float[] row = factor[k];
                float error = (numbers[k] - block.value(i)) / row[0];
                errors[k - begin] = error;
                subtract(numbers, k + 1, error, row, 1, end - k - 1);
            }
        }

        void correct(int begin, int end, int tile, int count) {
            for (int k = begin; k < end; k++) {
                subtract(numbers, tile, errors[k - begin], factor[k], tile - k, count);
            }
        }

        void write(Target output, int index) {
            long offset = output.offset(index);
            for (Block block : blocks) {
                block.write(output.data(), offset);
                offset += codec.blockBytes();
            }
        }
    }

    private static void subtract(float[] target, int at, float error, float[] row, int from, int count) {
        for (int i = 0; i < count; i++) {
            target[at + i] -= error * row[from + i];
        }
    }

    /** Encodes rows {@code from} to {@code to}. */
    void encode(Matrix weight, int from, int to, Target output) {
        for (int first = from; first < to; first += ROWS) {
            Row[] rows = new Row[Math.min(ROWS, to - first)];
            for (int i = 0; i < rows.length; i++) {
                rows[i] = new Row(weight, first + i);
            }
            for (int begin = 0; begin < steps.length; begin = end(begin)) {
                range(rows, begin, end(begin));
            }
            for (int i = 0; i < rows.length; i++) {
                rows[i].write(output, first + i);
            }
        }
    }

    private void range(Row[] rows, int begin, int end) {
        for (Row row : rows) {
            row.quantizeColumns(begin, end);
        }
        for (int tile = end; tile < steps.length; tile += TILE) {
            int count = Math.min(TILE, steps.length - tile);
            for (Row row : rows) {
                row.correct(begin, end, tile, count);
            }
        }
    }

    /** A range holds whole blocks, or is part of one: what is fitted has had all corrections. */
    private int end(int begin) {
        int size = codec.blockSize();
        if (gridsFirst || size == 1) {
            return Math.min(begin + RANGE, steps.length);
        }
        return size <= RANGE
                ? Math.min(begin + RANGE / size * size, steps.length)
                : Math.min(begin + RANGE, (begin / size + 1) * size);
    }
}

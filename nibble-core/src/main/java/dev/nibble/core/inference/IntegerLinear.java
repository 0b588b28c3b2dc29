package dev.nibble.core.inference;

import dev.nibble.core.codec.GroupAffine;
import dev.nibble.core.codec.GroupCodec;
import dev.nibble.core.codec.Levels;
import dev.nibble.core.codec.ScaledLevels;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.model.Linear;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.InputRounding;
import dev.nibble.core.tensor.Tensor;
import java.util.Optional;

/**
 * A layer that multiplies integers: inputs are rounded to 8 bits, products of a group are added up exactly, and the sum is scaled once.
 *
 * <pre>
 *   y = Σ over groups  scale_x · scale_w · Σ (q_x − zero_x)(q_w − zero_w)  +  Σ over outliers  x · scale_w · (q_w − zero_w)  +  bias
 * </pre>
 *
 * Plain Java, and exact but for the roundings that are wanted: W8A8 and LLM.int8() as they are defined.
 */
record IntegerLinear(Tensor weight, InputRounding rounding, Optional<float[]> bias, Workers workers) implements Linear {
    private static final int PIECE = 1 << 14;
    private static final long WORTH_A_THREAD = 1 << 15; // multiplications

    /** Whether weights of this codec are integers under scales. */
    static boolean multiplies(Codec codec) {
        return switch (codec) {
            case GroupAffine affine -> affine.zero() != GroupAffine.Zero.FLOAT;
            case ScaledLevels levels -> levels.levels().equals(Levels.INT8);
            default -> false;
        };
    }

    @Override
    public int inputs() {
        return Math.toIntExact(weight.columns());
    }

    @Override
    public int outputs() {
        return Math.toIntExact(weight.rows());
    }

    @Override
    public void apply(Matrix x, Matrix y) {
        if (x.columns() != inputs() || y.columns() != outputs() || x.rows() != y.rows()) {
            throw new IllegalArgumentException(
                    x.rows() + "×" + x.columns() + " times " + weight.shape() + " into " + y.rows() + "×" + y.columns());
        }
        RoundedInput rounded = RoundedInput.of(x, rounding);
        int grain = (int) Math.max(1, WORTH_A_THREAD / Math.max(1L, (long) x.rows() * inputs()));
        workers.run(outputs(), grain, (from, to) -> {
            Row row = new Row();
            for (int output = from; output < to; output++) {
                row.read(output);
                float addend = bias.isPresent() ? bias.get()[output] : 0;
                for (int token = 0; token < x.rows(); token++) {
                    y.data()[y.at(token) + output] = (float) (row.times(x, rounded, token) + addend);
                }
            }
        });
    }

    /** A row of the weight: signed codes without their zero points, and the scale of each group. */
    private final class Row {
        private final GroupCodec codec = (GroupCodec) weight.codec();
        private final int size = codec.groupSize();
        private final byte[] stored = new byte[inputs()];
        private final int[] codes = new int[inputs()];
        private final float[] scales = new float[inputs() / size];

        void read(int output) {
            boolean signed = codec instanceof ScaledLevels;
            for (int group = 0; group < scales.length; group++) {
                long offset = output * weight.rowBytes() + (long) group * codec.blockBytes();
                codec.codes(weight.data(), offset, stored, group * size);
                int zero = (int) codec.zeroPoint(weight.data(), offset);
                for (int i = group * size; i < (group + 1) * size; i++) {
                    codes[i] = signed ? stored[i] : (stored[i] & 0xFF) - zero;
                }
                scales[group] = codec.scale(weight.data(), offset) * (codec instanceof ScaledLevels levels ? levels.levels().unit() : 1);
            }
        }

        double times(Matrix x, RoundedInput rounded, int token) {
            int[] inputs = rounded.codes()[token];
            double sum = 0;
            for (int group = 0; group < scales.length; group++) {
                sum += (double) scales[group] * dot(inputs, group * size, (group + 1) * size);
            }
            sum *= rounded.scales()[token];
            int at = x.at(token);
            for (int column : rounded.outliers()[token]) {
                sum += (double) x.data()[at + column] * scales[column / size] * codes[column];
            }
            return sum;
        }

        /** In pieces whose sums fit an int: a product is less than 2^17. */
        private long dot(int[] inputs, int from, int to) {
            long sum = 0;
            for (int first = from; first < to; first += PIECE) {
                int piece = 0;
                int end = Math.min(first + PIECE, to);
                for (int i = first; i < end; i++) {
                    piece += inputs[i] * codes[i];
                }
                sum += piece;
            }
            return sum;
        }
    }
}

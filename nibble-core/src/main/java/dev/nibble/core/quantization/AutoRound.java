package dev.nibble.core.quantization;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.tensor.Block;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import dev.nibble.core.tensor.Weight;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Set;

/**
 * AutoRound: learns for each weight whether to round up or down on the grid, by signed gradient descent on the layer's output error with a
 * step that decays to zero:
 *
 * <pre>
 *   w'_i = upper_i if (w_i − lower_i) / (upper_i − lower_i) + v_i &gt; ½, else lower_i;   v_i within ±½
 *   v ← v − rate · sign((w' − w) · H)
 * </pre>
 *
 * The gradient over all inputs comes from the Hessian, so no batches are drawn. Grids are fixed beforehand by {@code fit}, which replaces
 * the learned clipping; the best rounding seen is kept, so the result is never worse than rounding to nearest. Works with every codec that
 * has one code per value. Work per row: {@code columns} for every rounding that changes, about a tenth of {@code iterations · columns²}.
 * Cheng et al. 2023, "Optimize Weight Rounding via Signed Gradient Descent".
 */
public record AutoRound(int iterations, BlockFit fit) implements Quantizer {
    public static final AutoRound DEFAULT = new AutoRound(200, BlockFit.DEFAULT);

    public AutoRound {
        if (iterations < 0) {
            throw new IllegalArgumentException(iterations + " iterations");
        }
    }

    @Override
    public String name() {
        return "autoround";
    }

    @Override
    public Set<Class<? extends Statistic<?>>> needs() {
        return Set.of(Hessian.class);
    }

    @Override
    public String unsupportedReason(Codec codec) {
        return codec.dimension() == 1 ? "" : "a code of it stands for several numbers; take gptq";
    }

    @Override
    public Weight quantize(Matrix weight, Codec target, Statistics inputs, Workers workers, Arena arena) {
        Target output = Target.of(this, weight, target, arena);
        double[][] hessian = inputs.require(Hessian.class, weight.columns(), name()).full();
        Importance importance = inputs.importance();
        workers.run(weight.rows(), 1, (from, to) -> {
            for (int row = from; row < to; row++) {
                float[] numbers = Arrays.copyOfRange(weight.data(), weight.at(row), weight.at(row) + weight.columns());
                new Row(output, numbers, importance.ofRow(numbers, 0, numbers.length), hessian).learn(output, row);
            }
        });
        return Weight.of(output.tensor());
    }

    private final class Row {
        private final float[] numbers;
        private final Block[] blocks;
        private final float[] lower;
        private final float[] upper;
        private final double[][] hessian;

        Row(Target output, float[] numbers, Importance importance, double[][] hessian) {
            this.numbers = numbers;
            this.hessian = hessian;
            int size = output.codec().blockSize();
            blocks = new Block[numbers.length / size];
            lower = new float[numbers.length];
            upper = new float[numbers.length];
            for (int b = 0; b < blocks.length; b++) {
                blocks[b] = fit.fit(output.codec(), numbers, b * size, importance);
                float largest = 0;
                for (int i = b * size; i < (b + 1) * size; i++) {
                    largest = Math.max(largest, Math.abs(numbers[i]));
                }
                for (int i = 0; i < size; i++) {
                    GridInterval interval = GridInterval.of(blocks[b], i, numbers[b * size + i], 4 * largest);
                    lower[b * size + i] = interval.lower();
                    upper[b * size + i] = interval.upper();
                }
            }
        }

        void learn(Target output, int index) {
            float[] offsets = new float[numbers.length];
            float[] values = numbers.clone();
            double[] gradient = new double[numbers.length]; // (w' − w) · H
            round(offsets, values, gradient);
            float[] best = values.clone();
            double min = error(values, gradient);
            for (int i = 0; i < iterations && min > 0; i++) {
                float rate = (float) (1.0 / iterations * (iterations - i) / iterations);
                for (int k = 0; k < offsets.length; k++) {
                    offsets[k] = Math.clamp(offsets[k] - rate * (float) Math.signum(gradient[k]), -0.5f, 0.5f);
                }
                round(offsets, values, gradient);
                double error = error(values, gradient);
                if (error < min) {
                    min = error;
                    System.arraycopy(values, 0, best, 0, best.length);
                }
            }
            write(output, index, best);
        }

        /** Rounds, and updates the gradient for every change. */
        private void round(float[] offsets, float[] values, double[] gradient) {
            for (int i = 0; i < values.length; i++) {
                float gap = upper[i] - lower[i];
                float share = gap > 0 ? (numbers[i] - lower[i]) / gap : 0;
                float value = share + offsets[i] > 0.5f ? upper[i] : lower[i];
                if (value != values[i]) {
                    add(gradient, (double) value - values[i], hessian[i]);
                    values[i] = value;
                }
            }
        }

        private static void add(double[] gradient, double change, double[] row) {
            for (int j = 0; j < gradient.length; j++) {
                gradient[j] += change * row[j];
            }
        }

        /** {@code (w' − w) · H · (w' − w)}. */
        private double error(float[] values, double[] gradient) {
            double error = 0;
            for (int i = 0; i < values.length; i++) {
                error += gradient[i] * ((double) values[i] - numbers[i]);
            }
            return error;
        }

        private void write(Target output, int index, float[] values) {
            long offset = output.offset(index);
            int size = output.codec().blockSize();
            for (int b = 0; b < blocks.length; b++) {
                for (int i = 0; i < size; i++) {
                    blocks[b].choose(i, values, b * size + i);
                }
                blocks[b].write(output.data(), offset);
                offset += output.codec().blockBytes();
            }
        }
    }
}

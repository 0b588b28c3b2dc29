package dev.nibble.core.quantization;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.tensor.Block;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import dev.nibble.core.tensor.Transform;
import dev.nibble.core.tensor.Weight;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * Activation-aware quantization: channels with large inputs are scaled up before rounding and their inputs divided by the same factor, so
 * that they lose less; then the range of each block is clipped where that reduces the output error. Lin et al. 2023, "AWQ".
 *
 * <pre>
 *   s = x̄^r / (w̄^(1−r) + 1e-4),  divided by √(max s · min s);   r = 0, 1/steps, …
 *   x̄ = mean |x| of the channel,  w̄ = mean over rows of |w| / largest of its block
 * </pre>
 *
 * Keeps the scale with the least output error of all layers that share the input; 1 is among the candidates, so the result is never worse
 * than rounding. Works with every codec.
 *
 * @param steps exponents tried
 * @param clips ranges tried, from the full range down to half; 1 disables clipping
 */
public record Awq(int steps, int clips) implements Quantizer {
    public static final Awq DEFAULT = new Awq(20, 10);

    private static final double MIN_SCALE = 1e-4;
    private static final double NARROWEST = 0.5;

    public Awq {
        if (steps < 1 || clips < 1) {
            throw new IllegalArgumentException(steps + " exponents, " + clips + " ranges");
        }
    }

    /**
     * The scale found for layers that share an input.
     *
     * @param scale    multiplies the columns of the weights and divides their input
     * @param error    output error with the scale: the sum over the layers of {@code Σ ‖(w' − w) · x‖² / Σ ‖w · x‖²}
     * @param unscaled error without it
     */
    public record Scale(float[] scale, double error, double unscaled) {}

    @Override
    public String name() {
        return "awq";
    }

    @Override
    public Set<Class<? extends Statistic<?>>> needs() {
        return Set.of(MeanAbs.class, Hessian.class);
    }

    /**
     * Searches the scale of layers that share an input, with the grids that {@link #finish} will fit: weighted by the mean squares of the
     * scaled inputs if the codec uses importance. Work: {@code steps · columns²} for each of their rows.
     */
    public Scale search(List<Matrix> weights, Codec target, Statistics inputs, Workers workers) {
        int columns = weights.getFirst().columns();
        Hessian hessian = inputs.require(Hessian.class, columns, name());
        float[] salience = inputs.require(MeanAbs.class, columns, name()).means();
        double[] shares = shares(weights, target.blockSize());
        float[] ones = new float[columns];
        Arrays.fill(ones, 1);
        double unscaled = error(weights, ones, target, hessian, inputs.importance(), workers);
        Scale best = new Scale(ones, unscaled, unscaled);
        for (int step = 0; step < steps; step++) {
            float[] scale = scale(salience, shares, (double) step / steps);
            double error = error(weights, scale, target, hessian, inputs.divided(scale).importance(), workers);
            if (error < best.error) {
                best = new Scale(scale, error, unscaled);
            }
        }
        return best;
    }

    /** Mean over all rows of each magnitude relative to the largest of its block. */
    private static double[] shares(List<Matrix> weights, int blockSize) {
        int columns = weights.getFirst().columns();
        double[] sums = new double[columns];
        long rows = 0;
        for (Matrix weight : weights) {
            for (int row = 0; row < weight.rows(); row++) {
                for (int block = 0; block < columns; block += blockSize) {
                    double largest = 1e-6;
                    for (int i = block; i < Math.min(block + blockSize, columns); i++) {
                        largest = Math.max(largest, Math.abs(weight.data()[weight.at(row) + i]));
                    }
                    for (int i = block; i < Math.min(block + blockSize, columns); i++) {
                        sums[i] += Math.abs(weight.data()[weight.at(row) + i]) / largest;
                    }
                }
            }
            rows += weight.rows();
        }
        for (int i = 0; i < columns; i++) {
            sums[i] /= rows;
        }
        return sums;
    }

    private static float[] scale(float[] salience, double[] shares, double exponent) {
        double[] scale = new double[salience.length];
        double smallest = Double.POSITIVE_INFINITY;
        double largest = 0;
        for (int i = 0; i < scale.length; i++) {
            scale[i] = Math.max(MIN_SCALE, Math.pow(salience[i], exponent) / (Math.pow(shares[i], 1 - exponent) + 1e-4));
            smallest = Math.min(smallest, scale[i]);
            largest = Math.max(largest, scale[i]);
        }
        double middle = Math.sqrt(smallest * largest);
        float[] centred = new float[scale.length];
        for (int i = 0; i < scale.length; i++) {
            centred[i] = (float) (scale[i] / middle);
        }
        return centred;
    }

    private static double error(List<Matrix> weights, float[] scale, Codec target, Hessian hessian, Importance importance,
            Workers workers) {
        double error = 0;
        for (Matrix weight : weights) {
            double whole = OutputError.energy(weight, hessian, workers);
            try (Arena arena = Arena.ofShared()) {
                Weight rounded = RoundToNearest.DEFAULT.quantize(ChannelScaling.multiplied(weight, scale), target, importance, workers,
                        arena);
                Matrix difference = ChannelScaling.divided(OutputError.decoded(rounded, workers), scale);
                for (int i = 0; i < difference.data().length; i++) {
                    difference.data()[i] -= weight.data()[weight.from() + i];
                }
                error += whole > 0 ? OutputError.energy(difference, hessian, workers) / whole : 0;
            }
        }
        return error;
    }

    /**
     * Searches the scale of one layer on its own and quantizes it; the layer's input must then be divided by the scale
     * ({@link Transform.ChannelScale}). If the scale is folded into the input's producer, use {@link #search} and {@link #finish}.
     */
    @Override
    public Weight quantize(Matrix weight, Codec target, Statistics inputs, Workers workers, Arena arena) {
        Target.check(this, weight, target);
        float[] scale = search(List.of(weight), target, inputs, workers).scale;
        Weight clipped = finish(ChannelScaling.multiplied(weight, scale), target, inputs.divided(scale), workers, arena);
        float[] inverse = new float[scale.length];
        for (int i = 0; i < scale.length; i++) {
            inverse[i] = 1 / scale[i];
        }
        return new Weight(clipped.values(), List.of(new Transform.ChannelScale(inverse)));
    }

    /** Rounds, with the clipping range of each block that changes the output of the block's columns least. */
    @Override
    public Weight finish(Matrix weight, Codec target, Statistics inputs, Workers workers, Arena arena) {
        Target output = Target.of(this, weight, target, arena);
        Hessian hessian = inputs.require(Hessian.class, weight.columns(), name());
        Importance importance = inputs.importance();
        workers.run(weight.rows(), 1, (from, to) -> {
            for (int row = from; row < to; row++) {
                float[] numbers = Arrays.copyOfRange(weight.data(), weight.at(row), weight.at(row) + weight.columns());
                Importance bound = importance.ofRow(numbers, 0, numbers.length);
                long offset = output.offset(row);
                for (int block = 0; block < numbers.length; block += target.blockSize()) {
                    clipped(target, numbers, block, bound, hessian).write(output.data(), offset);
                    offset += target.blockBytes();
                }
            }
        });
        return Weight.of(output.tensor());
    }

    private Block clipped(Codec codec, float[] numbers, int from, Importance importance, Hessian hessian) {
        int size = codec.blockSize();
        float[] own = Arrays.copyOfRange(numbers, from, from + size);
        float largest = 0;
        for (float number : own) {
            largest = Math.max(largest, Math.abs(number));
        }
        Block best = codec.fit(numbers, from, importance);
        double min = error(best, own, from, hessian);
        for (int step = 1; step < clips && min > 0; step++) {
            float limit = (float) (largest * (1 - (1 - NARROWEST) * step / clips));
            for (int i = 0; i < size; i++) {
                numbers[from + i] = Math.clamp(own[i], -limit, limit);
            }
            Block block = codec.fit(numbers, from, importance);
            double error = error(block, own, from, hessian);
            if (error < min) {
                min = error;
                best = block;
            }
        }
        System.arraycopy(own, 0, numbers, from, size);
        return best;
    }

    private static double error(Block block, float[] own, int from, Hessian hessian) {
        double[] difference = new double[own.length];
        for (int i = 0; i < own.length; i++) {
            difference[i] = (double) own[i] - block.value(i);
        }
        double sum = 0;
        for (int i = 0; i < own.length; i++) {
            double[] row = hessian.upperRow(from + i);
            double product = difference[i] * row[0];
            for (int j = i + 1; j < own.length; j++) {
                product += 2 * difference[j] * row[j - i];
            }
            sum += difference[i] * product;
        }
        return sum;
    }
}

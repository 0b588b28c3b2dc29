package dev.nibble.core.quantization;

import dev.nibble.core.codec.GroupAffine;
import dev.nibble.core.codec.GroupAffineBlock;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import dev.nibble.core.tensor.Weight;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Set;

/**
 * Half-quadratic quantization: without calibration text, moves each group's zero point so that most values are close and outliers may be
 * far off (an l_p norm with p below 1). For {@link GroupAffine} with a zero point.
 *
 * <pre>
 *   repeat:  q = round(w/s + z);   e = shrink(w − (q − z)·s),  shrink(x) = sign(x) · max(0, |x| − |x|^(p−1) / β)
 *            z = mean(q − (w − e)/s);   β ← β · growth
 * </pre>
 *
 * Each group keeps its best zero point, by the mean of |w − w'|. Badri and Shaji 2023, "Half-Quadratic Quantization of Large Machine
 * Learning Models".
 *
 * @param norm       p
 * @param beta       initial β
 * @param growth     of β per iteration
 * @param iterations maximum
 */
public record Hqq(double norm, double beta, double growth, int iterations) implements Quantizer {
    public static final Hqq DEFAULT = new Hqq(0.7, 10, 1.01, 20);

    @Override
    public String name() {
        return "hqq";
    }

    @Override
    public Set<Class<? extends Statistic<?>>> needs() {
        return Set.of();
    }

    @Override
    public String unsupportedReason(Codec codec) {
        return codec.hasZeroPoints()
                ? ""
                : "it moves zero points, and this type stores none; use one such as UINT4-G64-ZF";
    }

    @Override
    public Weight quantize(Matrix weight, Codec target, Statistics inputs, Workers workers, Arena arena) {
        Target output = Target.of(this, weight, target, arena);
        GroupAffine codec = (GroupAffine) target;
        workers.run(weight.rows(), 1, (from, to) -> {
            for (int row = from; row < to; row++) {
                float[] numbers = Arrays.copyOfRange(weight.data(), weight.at(row), weight.at(row) + weight.columns());
                long offset = output.offset(row);
                for (int group = 0; group < numbers.length; group += codec.groupSize()) {
                    fit(codec, numbers, group).write(output.data(), offset);
                    offset += codec.blockBytes();
                }
            }
        });
        return Weight.of(output.tensor());
    }

    private GroupAffineBlock fit(GroupAffine codec, float[] numbers, int from) {
        float low = Float.POSITIVE_INFINITY;
        float high = Float.NEGATIVE_INFINITY;
        for (int i = from; i < from + codec.groupSize(); i++) {
            low = Math.min(low, numbers[i]);
            high = Math.max(high, numbers[i]);
        }
        GroupAffineBlock best = (GroupAffineBlock) codec.fit(numbers, from, Importance.EQUAL);
        if (low == high || best.scale() == 0) {
            return best; // nothing to move
        }
        double min = error(best, numbers, from, codec.groupSize());
        double strength = beta;
        double zero = best.zeroPoint();
        for (int i = 0; i < iterations; i++) {
            zero = moved(codec.grid(best.scale(), (float) zero), numbers, from, codec, strength);
            GroupAffineBlock block = codec.grid(best.scale(), (float) zero);
            double error = error(block, numbers, from, codec.groupSize());
            if (error >= min) {
                break;
            }
            min = error;
            best = block;
            strength *= growth;
        }
        return best;
    }

    private double moved(GroupAffineBlock block, float[] numbers, int from, GroupAffine codec, double strength) {
        double sum = 0;
        for (int i = 0; i < codec.groupSize(); i++) {
            block.choose(i, numbers, from + i);
            double error = (double) numbers[from + i] - block.value(i);
            double magnitude = Math.abs(error);
            double shrunk = magnitude == 0 ? 0 : Math.signum(error) * Math.max(0, magnitude - Math.pow(magnitude, norm - 1) / strength);
            sum += block.code(i) - (numbers[from + i] - shrunk) / block.scale();
        }
        return sum / codec.groupSize();
    }

    /** Chooses the code of every value. @return mean magnitude of the errors */
    private static double error(GroupAffineBlock block, float[] numbers, int from, int size) {
        double sum = 0;
        for (int i = 0; i < size; i++) {
            block.choose(i, numbers, from + i);
            sum += Math.abs((double) numbers[from + i] - block.value(i));
        }
        return sum / size;
    }
}

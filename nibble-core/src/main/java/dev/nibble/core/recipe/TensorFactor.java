package dev.nibble.core.recipe;

import dev.nibble.core.codec.NVFP4;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.tensor.Transform;
import dev.nibble.core.tensor.Weight;
import java.util.Arrays;
import java.util.List;

/**
 * What all numbers of a weight in {@link NVFP4} are divided by before, so that their scales lie where that type is fine, and multiplied by after. It
 * is a power of two: nothing is rounded on the way, and it is the same whether a layout stores it or its reciprocal.
 */
final class TensorFactor {
    private static final int LARGEST_CODE = 6; // of E2M1
    private static final float LARGEST_SCALE = 248; // rounded to 240; what is larger, ggml's rounding makes 448

    private TensorFactor() {}

    /** The smallest power of two that leaves no scale above {@value #LARGEST_SCALE}; 1 for a weight of zeros. */
    static float of(Matrix weight) {
        float largest = 0;
        for (int i = weight.from(); i < weight.from() + weight.rows() * weight.columns(); i++) {
            largest = Math.max(largest, Math.abs(weight.data()[i]));
        }
        float scale = largest / LARGEST_CODE / LARGEST_SCALE;
        if (!(scale >= Float.MIN_NORMAL) || scale > Float.MAX_VALUE) {
            return 1;
        }
        float power = Math.scalb(1f, Math.getExponent(scale));
        return power < scale ? 2 * power : power;
    }

    static Matrix divided(Matrix weight, float factor) {
        if (factor == 1) {
            return weight;
        }
        Matrix divided = Matrix.of(weight.rows(), weight.columns());
        for (int i = 0; i < divided.data().length; i++) {
            divided.data()[i] = weight.data()[weight.from() + i] / factor;
        }
        return divided;
    }

    /** The weight multiplied by a factor, as its input is. */
    static Weight times(float factor, Weight weight) {
        if (factor == 1) {
            return weight;
        }
        float[] factors = new float[Math.toIntExact(weight.values().columns())];
        Arrays.fill(factors, factor);
        return new Weight(weight.values(), List.of(new Transform.ChannelScale(factors)));
    }
}

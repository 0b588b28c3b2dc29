package dev.nibble.core.job;

import dev.nibble.core.codec.NVFP4;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Transform;
import dev.nibble.core.tensor.Weight;
import java.util.Arrays;
import java.util.List;

/**
 * What all numbers of a weight in {@link NVFP4} are divided by before, so that their scales lie where that type is fine, and multiplied by after. It
 * is a power of two: nothing is rounded on the way, and it is the same whether a layout stores it or its reciprocal.
 */
final class GlobalScale {
    private GlobalScale() {}

    /** As the codec says. */
    static float of(Matrix weight, Codec codec) {
        float largest = 0;
        for (int i = weight.from(); i < weight.from() + weight.rows() * weight.columns(); i++) {
            largest = Math.max(largest, Math.abs(weight.data()[i]));
        }
        return codec.globalScale(largest);
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

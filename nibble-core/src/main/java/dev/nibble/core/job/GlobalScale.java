package dev.nibble.core.job;

import dev.nibble.core.codec.NVFP4;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Transform;
import dev.nibble.core.tensor.Weight;
import java.util.Arrays;
import java.util.List;

/**
 * Global scale of a weight in {@link NVFP4}: divides all values, so that block scales fall into the fine range of their type. A power of
 * two: division is exact, and layouts may store it or its reciprocal.
 */
final class GlobalScale {
    private GlobalScale() {}

    /** The codec's scale for a weight. */
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

    /** The weight with a factor on its input. */
    static Weight times(float factor, Weight weight) {
        if (factor == 1) {
            return weight;
        }
        float[] factors = new float[Math.toIntExact(weight.values().columns())];
        Arrays.fill(factors, factor);
        return new Weight(weight.values(), List.of(new Transform.ChannelScale(factors)));
    }
}

package dev.nibble;

import dev.nibble.core.kernel.Matrix;

/** Reduction of the hidden states of a text's tokens to one vector. */
public enum Pooling {
    /** The mean. */
    MEAN {
        @Override
        float[] pool(Matrix states) {
            double[] sums = new double[states.columns()];
            for (int row = 0; row < states.rows(); row++) {
                for (int i = 0; i < sums.length; i++) {
                    sums[i] += states.data()[states.at(row) + i];
                }
            }
            float[] mean = new float[sums.length];
            for (int i = 0; i < mean.length; i++) {
                mean[i] = (float) (sums[i] / states.rows());
            }
            return mean;
        }
    },
    /** The last token's state, as most embedding decoders were trained. */
    LAST {
        @Override
        float[] pool(Matrix states) {
            return row(states, states.rows() - 1);
        }
    },
    /** The first token's state, as encoders with a CLS token were trained. */
    CLS {
        @Override
        float[] pool(Matrix states) {
            return row(states, 0);
        }
    };

    abstract float[] pool(Matrix states);

    private static float[] row(Matrix states, int row) {
        float[] values = new float[states.columns()];
        System.arraycopy(states.data(), states.at(row), values, 0, values.length);
        return values;
    }

    /** The vector scaled to length 1; a zero vector stays zero. */
    static float[] normalised(float[] vector) {
        double sum = 0;
        for (float number : vector) {
            sum += (double) number * number;
        }
        float[] unit = vector.clone();
        for (int i = 0; i < unit.length && sum > 0; i++) {
            unit[i] = (float) (unit[i] / Math.sqrt(sum));
        }
        return unit;
    }
}

package dev.nibble.core.backend.reference;

import dev.nibble.core.kernel.Ops;

/** Operations value by value, with sums in double. */
final class ReferenceOps implements Ops {
    @Override
    public void scores(float[] query, int from, float[] rows, int count, int size, float scale, float[] scores, int at) {
        for (int row = 0; row < count; row++) {
            double sum = 0;
            for (int i = 0; i < size; i++) {
                sum += (double) query[from + i] * rows[row * size + i];
            }
            scores[at + row] = (float) (sum * scale);
        }
    }

    @Override
    public void accumulate(float[] weights, int at, float[] rows, int count, int size, float[] target, int to) {
        for (int i = 0; i < size; i++) {
            double sum = target[to + i];
            for (int row = 0; row < count; row++) {
                sum += (double) weights[at + row] * rows[row * size + i];
            }
            target[to + i] = (float) sum;
        }
    }

    @Override
    public float exp(float[] x, int from, int count, float subtrahend) {
        double sum = 0;
        for (int i = from; i < from + count; i++) {
            x[i] = (float) Math.exp((double) x[i] - subtrahend);
            sum += x[i];
        }
        return (float) sum;
    }
}

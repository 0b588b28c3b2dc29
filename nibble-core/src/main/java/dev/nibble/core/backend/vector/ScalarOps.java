package dev.nibble.core.backend.vector;

import dev.nibble.core.kernel.Ops;
import java.util.Arrays;

/** The operations in plain code, bit-identical to {@link LaneOps}. */
final class ScalarOps implements Ops {
    @Override
    public void scores(float[] query, int from, float[] rows, int count, int size, float scale, float[] scores, int at) {
        float[] sums = new float[LaneSum.COUNT];
        int whole = size - size % LaneSum.COUNT;
        for (int row = 0; row < count; row++) {
            Arrays.fill(sums, 0);
            ScalarTiles.dot(rows, row * size, query, from, whole, sums, 0);
            LaneSum.addTail(rows, row * size + whole, query, from + whole, size - whole, sums, 0);
            scores[at + row] = LaneSum.sum(sums, 0) * scale;
        }
    }

    @Override
    public void accumulate(float[] weights, int at, float[] rows, int count, int size, float[] target, int to) {
        for (int row = 0; row < count; row++) {
            float weight = weights[at + row];
            for (int i = 0; i < size; i++) {
                target[to + i] = Math.fma(weight, rows[row * size + i], target[to + i]);
            }
        }
    }

    @Override
    public float exp(float[] x, int from, int count, float subtrahend) {
        float[] sums = new float[LaneSum.COUNT];
        for (int i = 0; i < count; i++) {
            float power = ScalarExponential.of(x[from + i] - subtrahend);
            x[from + i] = power;
            sums[i % LaneSum.COUNT] += power;
        }
        return LaneSum.sum(sums, 0);
    }
}

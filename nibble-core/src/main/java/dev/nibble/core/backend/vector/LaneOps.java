package dev.nibble.core.backend.vector;

import dev.nibble.core.kernel.Ops;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** The operations with the Vector API. */
final class LaneOps implements Ops {
    private final Tiles tiles = new LaneTiles();
    private final ThreadLocal<DecodedRows> scratch;

    LaneOps(ThreadLocal<DecodedRows> scratch) {
        this.scratch = scratch;
    }

    @Override
    public void scores(float[] query, int from, float[] rows, int count, int size, float scale, float[] scores, int at) {
        float[] sums = scratch.get().laneSums(Tiles.ROWS);
        int whole = size - size % LaneSum.COUNT;
        int row = 0;
        for (; row + Tiles.ROWS <= count; row += Tiles.ROWS) {
            clear(sums, Tiles.ROWS);
            tiles.multiply(rows, row * size, size, query, from, 0, 1, whole, sums, 0, 0);
            for (int i = 0; i < Tiles.ROWS; i++) {
                LaneSum.addTail(rows, (row + i) * size + whole, query, from + whole, size - whole, sums, i * LaneSum.COUNT);
                scores[at + row + i] = LaneSum.sum(sums, i * LaneSum.COUNT) * scale;
            }
        }
        for (; row < count; row++) {
            clear(sums, 1);
            ScalarTiles.dot(rows, row * size, query, from, whole, sums, 0);
            LaneSum.addTail(rows, row * size + whole, query, from + whole, size - whole, sums, 0);
            scores[at + row] = LaneSum.sum(sums, 0) * scale;
        }
    }

    private static void clear(float[] sums, int rows) {
        for (int i = 0; i < rows * LaneSum.COUNT; i++) {
            sums[i] = 0;
        }
    }

    @Override
    public void accumulate(float[] weights, int at, float[] rows, int count, int size, float[] target, int to) {
        int i = 0;
        for (; i + 4 * Lanes.COUNT <= size; i += 4 * Lanes.COUNT) {
            accumulateFour(weights, at, rows, count, size, i, target, to + i);
        }
        for (; i + Lanes.COUNT <= size; i += Lanes.COUNT) {
            FloatVector sum = load(target, to + i);
            for (int row = 0; row < count; row++) {
                sum = load(rows, row * size + i).fma(broadcast(weights[at + row]), sum);
            }
            sum.intoArray(target, to + i);
        }
        for (; i < size; i++) {
            for (int row = 0; row < count; row++) {
                target[to + i] = Math.fma(weights[at + row], rows[row * size + i], target[to + i]);
            }
        }
    }

    private static void accumulateFour(float[] weights, int at, float[] rows, int count, int size, int from, float[] target, int to) {
        FloatVector a = load(target, to);
        FloatVector b = load(target, to + Lanes.COUNT);
        FloatVector c = load(target, to + 2 * Lanes.COUNT);
        FloatVector d = load(target, to + 3 * Lanes.COUNT);
        for (int row = 0; row < count; row++) {
            FloatVector weight = broadcast(weights[at + row]);
            int i = row * size + from;
            a = load(rows, i).fma(weight, a);
            b = load(rows, i + Lanes.COUNT).fma(weight, b);
            c = load(rows, i + 2 * Lanes.COUNT).fma(weight, c);
            d = load(rows, i + 3 * Lanes.COUNT).fma(weight, d);
        }
        a.intoArray(target, to);
        b.intoArray(target, to + Lanes.COUNT);
        c.intoArray(target, to + 2 * Lanes.COUNT);
        d.intoArray(target, to + 3 * Lanes.COUNT);
    }

    @Override
    public float exp(float[] x, int from, int count, float subtrahend) {
        float[] sums = scratch.get().laneSums(1);
        clear(sums, 1);
        int whole = count - count % LaneSum.COUNT;
        for (int lane = 0; lane < LaneSum.COUNT; lane += Lanes.COUNT) {
            FloatVector sum = FloatVector.zero(Lanes.FLOATS);
            for (int i = lane; i < whole; i += LaneSum.COUNT) {
                FloatVector power = exp(load(x, from + i).sub(subtrahend));
                power.intoArray(x, from + i);
                sum = sum.add(power);
            }
            sum.intoArray(sums, lane);
        }
        for (int i = whole; i < count; i++) {
            float power = ScalarExponential.of(x[from + i] - subtrahend);
            x[from + i] = power;
            sums[i - whole] += power;
        }
        return LaneSum.sum(sums, 0);
    }

    /** The exponential of {@link ScalarExponential#of}. */
    private static FloatVector exp(FloatVector x) {
        FloatVector above = x.blend(ScalarExponential.LOWEST, x.compare(VectorOperators.LT, ScalarExponential.LOWEST));
        FloatVector bounded = above.blend(ScalarExponential.HIGHEST, above.compare(VectorOperators.GT, ScalarExponential.HIGHEST));
        FloatVector shifted = bounded.fma(broadcast(ScalarExponential.LOG2_E), broadcast(ScalarExponential.ROUND));
        FloatVector whole = shifted.sub(ScalarExponential.ROUND);
        FloatVector high = whole.fma(broadcast(ScalarExponential.MINUS_LN2_HIGH), bounded);
        FloatVector r = whole.fma(broadcast(ScalarExponential.MINUS_LN2_LOW), high);
        FloatVector p = broadcast(ScalarExponential.C7).fma(r, broadcast(ScalarExponential.C6));
        p = p.fma(r, broadcast(ScalarExponential.C5));
        p = p.fma(r, broadcast(ScalarExponential.C4));
        p = p.fma(r, broadcast(ScalarExponential.C3));
        p = p.fma(r, broadcast(ScalarExponential.C2));
        FloatVector power = p.fma(r.mul(r), r).add(1);
        IntVector n = shifted.reinterpretAsInts().sub(Float.floatToRawIntBits(ScalarExponential.ROUND));
        IntVector half = n.lanewise(VectorOperators.ASHR, 1);
        return power.mul(twoTo(half)).mul(twoTo(n.sub(half)));
    }

    private static FloatVector twoTo(IntVector n) {
        return n.add(ScalarExponential.BIAS).lanewise(VectorOperators.LSHL, ScalarExponential.MANTISSA).reinterpretAsFloats();
    }

    private static FloatVector load(float[] values, int at) {
        return FloatVector.fromArray(Lanes.FLOATS, values, at);
    }

    private static FloatVector broadcast(float x) {
        return FloatVector.broadcast(Lanes.FLOATS, x);
    }
}

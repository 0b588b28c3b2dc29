package dev.nibble.core.codec.simd;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * The search for a scale around zero, {@code codec.ScaleSearch.symmetric}, with a group in each lane. It leaves no codes but the factor
 * they were rounded with, since most are rounded again.
 */
final class SymmetricLanes implements SymmetricSearch {
    private static final int TENTHS = 9;

    private final int size;
    private final int limit;
    private final float[] weighted; // number × weight
    private final float[] extreme = new float[Lanes.COUNT];
    private final float[] inverse = new float[Lanes.COUNT];
    private final float[] sumXl = new float[Lanes.COUNT];
    private final float[] sumLl = new float[Lanes.COUNT];
    private final float[] best = new float[Lanes.COUNT];
    private final float[] scale = new float[Lanes.COUNT];
    private final float[] keptInverse = new float[Lanes.COUNT];

    private float[] inverses = new float[0]; // what numbers were multiplied with before rounding; 0 where all codes are stored as 0

    SymmetricLanes(int size, int limit) {
        this.size = size;
        this.limit = limit;
        this.weighted = new float[size * Lanes.COUNT];
    }

    @Override
    public void begin(int groups) {
        if (inverses.length < groups + Lanes.COUNT) {
            inverses = new float[groups + Lanes.COUNT];
        }
    }

    @Override
    public void search(float[] x, float[] weights, float[] scales, int group) {
        start(x, weights);
        tryShift(0, x, weights);
        keep(Lanes.zero().eq(Lanes.zero()));
        for (int shift = -TENTHS; shift <= TENTHS; shift++) {
            if (shift != 0) {
                tryShift(shift, x, weights);
                keep(better());
            }
        }
        VectorMask<Float> zeros = Lanes.at(extreme, 0).abs().lt(Lanes.ALL_ZERO);
        Lanes.at(scale, 0).blend(0, zeros).intoArray(scales, group);
        Lanes.at(keptInverse, 0).blend(0, zeros).intoArray(inverses, group);
    }

    @Override
    public void codes(float[] numbers, int from, int group, CodeBuffer codes, int at) {
        if (inverses[group] != 0) {
            codes.multiply(numbers, from, at, size, 0, inverses[group]);
        } else {
            codes.fill(at, size, 0);
        }
    }

    private void start(float[] x, float[] weights) {
        FloatVector largest = Lanes.zero();
        for (int i = 0; i < size; i++) {
            FloatVector number = Lanes.at(x, i);
            largest = largest.blend(number, largest.abs().lt(number.abs()));
            Lanes.at(weights, i).mul(number).intoArray(weighted, i * Lanes.COUNT);
        }
        largest.intoArray(extreme, 0);
    }

    /** The sums with the largest magnitude at {@code −(limit + shift / 10)}. */
    private void tryShift(int shift, float[] x, float[] weights) {
        FloatVector factor = Lanes.broadcast(-(limit + 0.1f * shift)).div(Lanes.at(extreme, 0));
        FloatVector ofProducts = Lanes.zero();
        FloatVector ofSquares = Lanes.zero();
        for (int i = 0; i < size; i++) {
            FloatVector code = Lanes.roundSmall(factor.mul(Lanes.at(x, i)), -limit, limit - 1);
            ofProducts = ofProducts.add(Lanes.at(weighted, i).mul(code));
            ofSquares = ofSquares.add(Lanes.at(weights, i).mul(code).mul(code));
        }
        factor.intoArray(inverse, 0);
        ofProducts.intoArray(sumXl, 0);
        ofSquares.intoArray(sumLl, 0);
    }

    private VectorMask<Float> better() {
        FloatVector xl = Lanes.at(sumXl, 0);
        FloatVector ll = Lanes.at(sumLl, 0);
        return Lanes.at(best, 0).mul(ll).lt(xl.mul(xl)).and(Lanes.zero().lt(ll));
    }

    private void keep(VectorMask<Float> where) {
        FloatVector xl = Lanes.at(sumXl, 0);
        FloatVector ll = Lanes.at(sumLl, 0);
        FloatVector trialScale = xl.div(ll).blend(0, ll.eq(0));
        Lanes.at(scale, 0).blend(trialScale, where).intoArray(scale, 0);
        Lanes.at(best, 0).blend(trialScale.mul(xl), where).intoArray(best, 0);
        Lanes.at(keptInverse, 0).blend(Lanes.at(inverse, 0), where).intoArray(keptInverse, 0);
    }
}

package dev.nibble.core.codec.encode.simd;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * The search for a scale around zero, {@code codec.BlockScaleSearch.symmetric}, with one group per lane. It keeps the factor of the
 * rounding, not the codes, since most numbers are rounded again.
 */
final class SymmetricLanes implements SymmetricSearch {
    private static final int TENTHS = 9;

    private final int size;
    private final int limit;
    private final float[] weighted; // number × weight
    private final float[] extreme = new float[GroupLanes.COUNT];
    private final float[] inverse = new float[GroupLanes.COUNT];
    private final float[] sumXl = new float[GroupLanes.COUNT];
    private final float[] sumLl = new float[GroupLanes.COUNT];
    private final float[] best = new float[GroupLanes.COUNT];
    private final float[] scale = new float[GroupLanes.COUNT];
    private final float[] keptInverse = new float[GroupLanes.COUNT];

    private float[] inverses = new float[0]; // factors of the numbers before rounding; 0 where all codes are stored as 0

    SymmetricLanes(int size, int limit) {
        this.size = size;
        this.limit = limit;
        this.weighted = new float[size * GroupLanes.COUNT];
    }

    @Override
    public void begin(int groups) {
        if (inverses.length < groups + GroupLanes.COUNT) {
            inverses = new float[groups + GroupLanes.COUNT];
        }
    }

    @Override
    public void search(float[] x, float[] weights, float[] scales, int group) {
        start(x, weights);
        tryShift(0, x, weights);
        keep(GroupLanes.zero().eq(GroupLanes.zero()));
        for (int shift = -TENTHS; shift <= TENTHS; shift++) {
            if (shift != 0) {
                tryShift(shift, x, weights);
                keep(better());
            }
        }
        VectorMask<Float> zeros = GroupLanes.at(extreme, 0).abs().lt(GroupLanes.ALL_ZERO);
        GroupLanes.at(scale, 0).blend(0, zeros).intoArray(scales, group);
        GroupLanes.at(keptInverse, 0).blend(0, zeros).intoArray(inverses, group);
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
        FloatVector largest = GroupLanes.zero();
        for (int i = 0; i < size; i++) {
            FloatVector number = GroupLanes.at(x, i);
            largest = largest.blend(number, largest.abs().lt(number.abs()));
            GroupLanes.at(weights, i).mul(number).intoArray(weighted, i * GroupLanes.COUNT);
        }
        largest.intoArray(extreme, 0);
    }

    /** Computes the sums with the largest magnitude at {@code −(limit + shift / 10)}. */
    private void tryShift(int shift, float[] x, float[] weights) {
        FloatVector factor = GroupLanes.broadcast(-(limit + 0.1f * shift)).div(GroupLanes.at(extreme, 0));
        FloatVector ofProducts = GroupLanes.zero();
        FloatVector ofSquares = GroupLanes.zero();
        for (int i = 0; i < size; i++) {
            FloatVector code = GroupLanes.roundSmall(factor.mul(GroupLanes.at(x, i)), -limit, limit - 1);
            ofProducts = ofProducts.add(GroupLanes.at(weighted, i).mul(code));
            ofSquares = ofSquares.add(GroupLanes.at(weights, i).mul(code).mul(code));
        }
        factor.intoArray(inverse, 0);
        ofProducts.intoArray(sumXl, 0);
        ofSquares.intoArray(sumLl, 0);
    }

    private VectorMask<Float> better() {
        FloatVector xl = GroupLanes.at(sumXl, 0);
        FloatVector ll = GroupLanes.at(sumLl, 0);
        return GroupLanes.at(best, 0).mul(ll).lt(xl.mul(xl)).and(GroupLanes.zero().lt(ll));
    }

    private void keep(VectorMask<Float> where) {
        FloatVector xl = GroupLanes.at(sumXl, 0);
        FloatVector ll = GroupLanes.at(sumLl, 0);
        FloatVector trialScale = xl.div(ll).blend(0, ll.eq(0));
        GroupLanes.at(scale, 0).blend(trialScale, where).intoArray(scale, 0);
        GroupLanes.at(best, 0).blend(trialScale.mul(xl), where).intoArray(best, 0);
        GroupLanes.at(keptInverse, 0).blend(GroupLanes.at(inverse, 0), where).intoArray(keptInverse, 0);
    }
}

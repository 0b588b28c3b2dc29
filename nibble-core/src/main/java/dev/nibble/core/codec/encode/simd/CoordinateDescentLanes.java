package dev.nibble.core.codec.encode.simd;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** The search that improves one code at a time, {@code codec.BlockScaleSearch.oneByOne}, with one group per lane. */
final class CoordinateDescentLanes implements SymmetricSearch {
    private static final int PASSES = 5;

    private final int size;
    private final int limit;
    private final float[] extreme = new float[GroupLanes.COUNT];
    private final float[] sumXl = new float[GroupLanes.COUNT];
    private final float[] sumLl = new float[GroupLanes.COUNT];

    private float[] codes = new float[0]; // those of COUNT groups side by side, then those of the next

    CoordinateDescentLanes(int size, int limit) {
        this.size = size;
        this.limit = limit;
    }

    @Override
    public void begin(int groups) {
        if (codes.length < size * (groups + GroupLanes.COUNT)) {
            codes = new float[size * (groups + GroupLanes.COUNT)];
        }
    }

    @Override
    public void search(float[] x, float[] weights, float[] scales, int group) {
        start(x, weights, group * size);
        // a group unchanged by one pass is unchanged by all later ones
        for (int pass = 0; pass < PASSES && improve(x, weights, group * size); pass++) {
        }
        FloatVector ll = GroupLanes.at(sumLl, 0);
        VectorMask<Float> zeros = GroupLanes.at(extreme, 0).abs().lt(GroupLanes.ALL_ZERO);
        VectorMask<Float> found = GroupLanes.zero().lt(ll).andNot(zeros);
        GroupLanes.zero().blend(GroupLanes.at(sumXl, 0).div(ll), found).intoArray(scales, group);
        if (zeros.anyTrue()) {
            for (int i = 0; i < size; i++) {
                int at = group * size + i * GroupLanes.COUNT;
                FloatVector.fromArray(GroupLanes.FLOATS, codes, at).blend(-limit, zeros).intoArray(codes, at);
            }
        }
    }

    /** Finds the largest magnitudes and rounds with those mapped to {@code −limit}. */
    private void start(float[] x, float[] weights, int at) {
        FloatVector largest = GroupLanes.zero();
        for (int i = 0; i < size; i++) {
            FloatVector number = GroupLanes.at(x, i);
            largest = largest.blend(number, largest.abs().lt(number.abs()));
        }
        FloatVector inverse = GroupLanes.broadcast(-limit).div(largest);
        FloatVector xl = GroupLanes.zero();
        FloatVector ll = GroupLanes.zero();
        for (int i = 0; i < size; i++) {
            FloatVector number = GroupLanes.at(x, i);
            FloatVector weight = GroupLanes.at(weights, i);
            FloatVector code = GroupLanes.roundSmall(inverse.mul(number), -limit, limit - 1);
            xl = xl.add(weight.mul(number).mul(code));
            ll = ll.add(weight.mul(code).mul(code));
            code.intoArray(codes, at + i * GroupLanes.COUNT);
        }
        largest.intoArray(extreme, 0);
        xl.intoArray(sumXl, 0);
        ll.intoArray(sumLl, 0);
    }

    /** Rounds every number with the best scale for the others; keeps the code if the group's error decreases. Returns whether any did. */
    private boolean improve(float[] x, float[] weights, int at) {
        FloatVector zero = GroupLanes.zero();
        FloatVector changed = zero;
        FloatVector xl = GroupLanes.at(sumXl, 0);
        FloatVector ll = GroupLanes.at(sumLl, 0);
        for (int i = 0; i < size; i++) {
            FloatVector number = GroupLanes.at(x, i);
            FloatVector weight = GroupLanes.at(weights, i);
            FloatVector weighted = weight.mul(number);
            FloatVector code = FloatVector.fromArray(GroupLanes.FLOATS, codes, at + i * GroupLanes.COUNT);
            FloatVector otherXl = xl.sub(weighted.mul(code));
            FloatVector otherLl = ll.sub(weight.mul(code).mul(code));
            FloatVector better = GroupLanes.toFloat(GroupLanes.round(number.mul(otherLl).div(otherXl), -limit, limit - 1));
            FloatVector newXl = otherXl.add(weighted.mul(better));
            FloatVector newLl = otherLl.add(weight.mul(better).mul(better));
            VectorMask<Float> gain = xl.mul(xl).mul(newLl).lt(newXl.mul(newXl).mul(ll));
            VectorMask<Float> keep = gain.and(zero.lt(newLl)).and(zero.lt(otherXl)).andNot(better.eq(code));
            code.blend(better, keep).intoArray(codes, at + i * GroupLanes.COUNT);
            xl = xl.blend(newXl, keep);
            ll = ll.blend(newLl, keep);
            changed = changed.blend(1, keep);
        }
        xl.intoArray(sumXl, 0);
        ll.intoArray(sumLl, 0);
        return !changed.eq(0).allTrue();
    }

    @Override
    public void codes(float[] numbers, int from, int group, CodeBuffer buffer, int at) {
        int lanes = group - group % GroupLanes.COUNT;
        for (int i = 0; i < size; i++) {
            buffer.set(at + i, limit + (int) codes[lanes * size + i * GroupLanes.COUNT + group % GroupLanes.COUNT]);
        }
    }
}

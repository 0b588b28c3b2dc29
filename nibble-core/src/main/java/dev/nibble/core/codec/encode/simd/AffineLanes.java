package dev.nibble.core.codec.encode.simd;

import dev.nibble.core.codec.AffineSuperBlockCodec.Trials;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * The search for a scale and a minimum, {@code codec.AffineSearch}, with a group in each lane. It keeps the factors of the rounding, not
 * the codes, since most numbers are rounded again.
 */
final class AffineLanes {
    private final int size;
    private final int limit;
    private final Trials trials;
    private final float[] codes; // of the trial
    private final float[] minimum = new float[GroupLanes.COUNT];
    private final float[] lowest = new float[GroupLanes.COUNT];
    private final float[] largest = new float[GroupLanes.COUNT];
    private final float[] sumW = new float[GroupLanes.COUNT];
    private final float[] sumX = new float[GroupLanes.COUNT];
    private final float[] sumL = new float[GroupLanes.COUNT];
    private final float[] sumLl = new float[GroupLanes.COUNT];
    private final float[] sumXl = new float[GroupLanes.COUNT];
    private final float[] inverse = new float[GroupLanes.COUNT];
    private final float[] bestError = new float[GroupLanes.COUNT];
    private final float[] scale = new float[GroupLanes.COUNT];
    private final float[] keptInverse = new float[GroupLanes.COUNT];
    private final float[] keptMinimum = new float[GroupLanes.COUNT];

    AffineLanes(int size, int limit, Trials trials) {
        this.size = size;
        this.limit = limit;
        this.trials = trials;
        this.codes = new float[size * GroupLanes.COUNT];
    }

    /** The results, each at the index of its group. */
    static final class Results {
        final float[] scales;
        final float[] minima; // to be subtracted
        final float[] weights; // sums
        final float[] inverses; // codes were rounded from inverse × (number − roundingMinimum)
        final float[] roundingMinima;

        Results(int groups) {
            scales = new float[groups];
            minima = new float[groups];
            weights = new float[groups];
            inverses = new float[groups];
            roundingMinima = new float[groups];
        }
    }

    /** Searches the groups from index {@code group} on, one per lane. */
    void search(float[] x, float[] weights, Results results, int group) {
        start(x, weights);
        for (int trial = 0; trial <= trials.last(); trial++) {
            sums(trials.firstShift() + trials.shiftStep() * trial + limit, x, weights);
            tryLine(x, weights);
        }
        finish(results, group);
    }

    private void start(float[] x, float[] weights) {
        FloatVector min = GroupLanes.at(x, 0);
        FloatVector max = min;
        FloatVector sumOfWeights = GroupLanes.at(weights, 0);
        FloatVector sumOfNumbers = sumOfWeights.mul(min);
        for (int i = 1; i < size; i++) {
            FloatVector number = GroupLanes.at(x, i);
            FloatVector weight = GroupLanes.at(weights, i);
            min = min.blend(number, number.lt(min));
            max = max.blend(number, max.lt(number));
            sumOfWeights = sumOfWeights.add(weight);
            sumOfNumbers = sumOfNumbers.add(weight.mul(number));
        }
        FloatVector zero = GroupLanes.zero();
        min.blend(zero, zero.lt(min)).intoArray(minimum, 0);
        min.blend(zero, zero.lt(min)).intoArray(lowest, 0);
        max.intoArray(largest, 0);
        sumOfWeights.intoArray(sumW, 0);
        sumOfNumbers.intoArray(sumX, 0);
        sums(limit, x, weights);
        FloatVector first = GroupLanes.broadcast(1).div(GroupLanes.at(inverse, 0));
        first.intoArray(scale, 0);
        error(x, weights, first, GroupLanes.at(minimum, 0)).intoArray(bestError, 0);
        GroupLanes.at(inverse, 0).intoArray(keptInverse, 0);
        GroupLanes.at(minimum, 0).intoArray(keptMinimum, 0);
    }

    /**
     * Rounds the numbers and computes the sums for the line.
     *
     * @param steps codes across the range above the best minimum so far
     */
    private void sums(float steps, float[] x, float[] weights) {
        FloatVector minimum = GroupLanes.at(this.minimum, 0);
        FloatVector inverse = GroupLanes.broadcast(steps).div(GroupLanes.at(largest, 0).sub(minimum));
        FloatVector ofCodes = GroupLanes.zero();
        FloatVector ofSquares = GroupLanes.zero();
        FloatVector ofProducts = GroupLanes.zero();
        for (int i = 0; i < size; i++) {
            FloatVector number = GroupLanes.at(x, i);
            FloatVector code = GroupLanes.toFloat(GroupLanes.round(inverse.mul(number.sub(minimum)), 0, limit));
            code.intoArray(codes, i * GroupLanes.COUNT);
            FloatVector weighted = GroupLanes.at(weights, i).mul(code);
            ofCodes = ofCodes.add(weighted);
            ofSquares = ofSquares.add(weighted.mul(code));
            ofProducts = ofProducts.add(weighted.mul(number));
        }
        inverse.intoArray(this.inverse, 0);
        ofCodes.intoArray(sumL, 0);
        ofSquares.intoArray(sumLl, 0);
        ofProducts.intoArray(sumXl, 0);
    }

    /** Fits a line to the codes and keeps it where its error is smaller. */
    private void tryLine(float[] x, float[] weights) {
        FloatVector zero = GroupLanes.zero();
        FloatVector w = GroupLanes.at(sumW, 0);
        FloatVector wx = GroupLanes.at(sumX, 0);
        FloatVector l = GroupLanes.at(sumL, 0);
        FloatVector ll = GroupLanes.at(sumLl, 0);
        FloatVector xl = GroupLanes.at(sumXl, 0);
        FloatVector determinant = w.mul(ll).sub(l.mul(l));
        FloatVector slope = w.mul(xl).sub(wx.mul(l)).div(determinant);
        FloatVector start = ll.mul(wx).sub(l.mul(xl)).div(determinant);
        VectorMask<Float> positive = zero.lt(start);
        start = start.blend(zero, positive);
        slope = slope.blend(xl.div(ll), positive);
        FloatVector error = error(x, weights, slope, start);
        FloatVector before = GroupLanes.at(bestError, 0);
        VectorMask<Float> better = error.lt(before).and(zero.lt(determinant)); // which is 0 where all numbers are equal
        if (better.anyTrue()) {
            before.blend(error, better).intoArray(bestError, 0);
            keep(GroupLanes.at(inverse, 0), keptInverse, better);
            keep(GroupLanes.at(minimum, 0), keptMinimum, better);
            keep(slope, scale, better);
            keep(start, minimum, better);
        }
    }

    private FloatVector error(float[] x, float[] weights, FloatVector scale, FloatVector minimum) {
        FloatVector sum = GroupLanes.zero();
        if (trials.absolute()) {
            for (int i = 0; i < size; i++) {
                FloatVector difference = scale.mul(GroupLanes.at(codes, i)).add(minimum).sub(GroupLanes.at(x, i));
                sum = sum.add(GroupLanes.at(weights, i).mul(difference.abs()));
            }
        } else {
            for (int i = 0; i < size; i++) {
                FloatVector difference = scale.mul(GroupLanes.at(codes, i)).add(minimum).sub(GroupLanes.at(x, i));
                sum = sum.add(GroupLanes.at(weights, i).mul(difference.mul(difference)));
            }
        }
        return sum;
    }

    private static void keep(FloatVector now, float[] best, VectorMask<Float> where) {
        GroupLanes.at(best, 0).blend(now, where).intoArray(best, 0);
    }

    private void finish(Results results, int group) {
        FloatVector zero = GroupLanes.zero();
        VectorMask<Float> open = GroupLanes.at(lowest, 0).lt(GroupLanes.at(largest, 0)); // not all numbers are equal
        zero.blend(GroupLanes.at(scale, 0), open).intoArray(results.scales, group);
        zero.blend(GroupLanes.at(keptInverse, 0), open).intoArray(results.inverses, group);
        GroupLanes.at(minimum, 0).neg().intoArray(results.minima, group);
        GroupLanes.at(keptMinimum, 0).intoArray(results.roundingMinima, group);
        GroupLanes.at(sumW, 0).intoArray(results.weights, group);
    }
}

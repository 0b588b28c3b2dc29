package dev.nibble.core.codec.simd;

import dev.nibble.core.codec.AffineSuperBlocks.Trials;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * The search for a scale and a minimum, {@code codec.AffineSearch}, with a group in each lane. It leaves no codes but what they were
 * rounded with, since most are rounded again.
 */
final class AffineLanes {
    private final int size;
    private final int limit;
    private final Trials trials;
    private final float[] codes; // of the trial
    private final float[] minimum = new float[Lanes.COUNT];
    private final float[] lowest = new float[Lanes.COUNT];
    private final float[] largest = new float[Lanes.COUNT];
    private final float[] sumW = new float[Lanes.COUNT];
    private final float[] sumX = new float[Lanes.COUNT];
    private final float[] sumL = new float[Lanes.COUNT];
    private final float[] sumLl = new float[Lanes.COUNT];
    private final float[] sumXl = new float[Lanes.COUNT];
    private final float[] inverse = new float[Lanes.COUNT];
    private final float[] determinant = new float[Lanes.COUNT];
    private final float[] trialScale = new float[Lanes.COUNT];
    private final float[] trialMinimum = new float[Lanes.COUNT];
    private final float[] error = new float[Lanes.COUNT];
    private final float[] bestError = new float[Lanes.COUNT];
    private final float[] scale = new float[Lanes.COUNT];
    private final float[] keptInverse = new float[Lanes.COUNT];
    private final float[] keptMinimum = new float[Lanes.COUNT];

    AffineLanes(int size, int limit, Trials trials) {
        this.size = size;
        this.limit = limit;
        this.trials = trials;
        this.codes = new float[size * Lanes.COUNT];
    }

    /** Where the results go, each at the index of the group. */
    static final class Results {
        final float[] scales;
        final float[] minima; // what to subtract
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

    /** Searches the groups from index {@code group} on, one for each lane. */
    void search(float[] x, float[] weights, Results results, int group) {
        start(x, weights);
        for (int trial = 0; trial <= trials.last(); trial++) {
            roundWith(trials.firstShift() + trials.shiftStep() * trial + limit);
            sums(x, weights);
            fitLine();
            error(x, weights);
            keepIfBetter();
        }
        finish(results, group);
    }

    private void start(float[] x, float[] weights) {
        FloatVector min = Lanes.at(x, 0);
        FloatVector max = min;
        FloatVector sumOfWeights = Lanes.at(weights, 0);
        FloatVector sumOfNumbers = sumOfWeights.mul(min);
        for (int i = 1; i < size; i++) {
            FloatVector number = Lanes.at(x, i);
            FloatVector weight = Lanes.at(weights, i);
            min = min.blend(number, number.lt(min));
            max = max.blend(number, max.lt(number));
            sumOfWeights = sumOfWeights.add(weight);
            sumOfNumbers = sumOfNumbers.add(weight.mul(number));
        }
        FloatVector zero = Lanes.zero();
        min.blend(zero, zero.lt(min)).intoArray(minimum, 0);
        min.blend(zero, zero.lt(min)).intoArray(lowest, 0);
        max.intoArray(largest, 0);
        sumOfWeights.intoArray(sumW, 0);
        sumOfNumbers.intoArray(sumX, 0);
        roundWith(limit);
        Lanes.broadcast(1).div(Lanes.at(inverse, 0)).intoArray(trialScale, 0);
        Lanes.at(minimum, 0).intoArray(trialMinimum, 0);
        sums(x, weights);
        error(x, weights);
        Lanes.at(error, 0).intoArray(bestError, 0);
        Lanes.at(trialScale, 0).intoArray(scale, 0);
        Lanes.at(inverse, 0).intoArray(keptInverse, 0);
        Lanes.at(minimum, 0).intoArray(keptMinimum, 0);
    }

    /** @param steps codes across the range above the best minimum so far */
    private void roundWith(float steps) {
        Lanes.broadcast(steps).div(Lanes.at(largest, 0).sub(Lanes.at(minimum, 0))).intoArray(inverse, 0);
    }

    private void sums(float[] x, float[] weights) {
        FloatVector inverse = Lanes.at(this.inverse, 0);
        FloatVector minimum = Lanes.at(this.minimum, 0);
        FloatVector ofCodes = Lanes.zero();
        FloatVector ofSquares = Lanes.zero();
        FloatVector ofProducts = Lanes.zero();
        for (int i = 0; i < size; i++) {
            FloatVector number = Lanes.at(x, i);
            FloatVector code = Lanes.toFloat(Lanes.round(inverse.mul(number.sub(minimum)), 0, limit));
            code.intoArray(codes, i * Lanes.COUNT);
            FloatVector weighted = Lanes.at(weights, i).mul(code);
            ofCodes = ofCodes.add(weighted);
            ofSquares = ofSquares.add(weighted.mul(code));
            ofProducts = ofProducts.add(weighted.mul(number));
        }
        ofCodes.intoArray(sumL, 0);
        ofSquares.intoArray(sumLl, 0);
        ofProducts.intoArray(sumXl, 0);
    }

    private void fitLine() {
        FloatVector w = Lanes.at(sumW, 0);
        FloatVector x = Lanes.at(sumX, 0);
        FloatVector l = Lanes.at(sumL, 0);
        FloatVector ll = Lanes.at(sumLl, 0);
        FloatVector xl = Lanes.at(sumXl, 0);
        FloatVector zero = Lanes.zero();
        FloatVector d = w.mul(ll).sub(l.mul(l));
        FloatVector slope = w.mul(xl).sub(x.mul(l)).div(d);
        FloatVector start = ll.mul(x).sub(l.mul(xl)).div(d);
        VectorMask<Float> positive = zero.lt(start);
        start.blend(zero, positive).intoArray(trialMinimum, 0);
        slope.blend(xl.div(ll), positive).intoArray(trialScale, 0);
        d.intoArray(determinant, 0);
    }

    private void error(float[] x, float[] weights) {
        FloatVector scale = Lanes.at(trialScale, 0);
        FloatVector minimum = Lanes.at(trialMinimum, 0);
        FloatVector sum = Lanes.zero();
        if (trials.absolute()) {
            for (int i = 0; i < size; i++) {
                FloatVector difference = scale.mul(Lanes.at(codes, i)).add(minimum).sub(Lanes.at(x, i));
                sum = sum.add(Lanes.at(weights, i).mul(difference.abs()));
            }
        } else {
            for (int i = 0; i < size; i++) {
                FloatVector difference = scale.mul(Lanes.at(codes, i)).add(minimum).sub(Lanes.at(x, i));
                sum = sum.add(Lanes.at(weights, i).mul(difference.mul(difference)));
            }
        }
        sum.intoArray(error, 0);
    }

    private void keepIfBetter() {
        FloatVector before = Lanes.at(bestError, 0);
        FloatVector now = Lanes.at(error, 0);
        VectorMask<Float> better = now.lt(before).and(Lanes.zero().lt(Lanes.at(determinant, 0))).and(open());
        if (!better.anyTrue()) {
            return;
        }
        before.blend(now, better).intoArray(bestError, 0);
        keep(trialScale, scale, better);
        keep(inverse, keptInverse, better);
        keep(minimum, keptMinimum, better);
        keep(trialMinimum, minimum, better);
    }

    /** Where there is anything to search for: not all numbers are equal. */
    private VectorMask<Float> open() {
        return Lanes.at(lowest, 0).lt(Lanes.at(largest, 0));
    }

    private static void keep(float[] from, float[] to, VectorMask<Float> where) {
        Lanes.at(to, 0).blend(Lanes.at(from, 0), where).intoArray(to, 0);
    }

    private void finish(Results results, int group) {
        FloatVector zero = Lanes.zero();
        VectorMask<Float> open = open();
        zero.blend(Lanes.at(scale, 0), open).intoArray(results.scales, group);
        zero.blend(Lanes.at(keptInverse, 0), open).intoArray(results.inverses, group);
        Lanes.at(minimum, 0).neg().intoArray(results.minima, group);
        Lanes.at(keptMinimum, 0).intoArray(results.roundingMinima, group);
        Lanes.at(sumW, 0).intoArray(results.weights, group);
    }
}

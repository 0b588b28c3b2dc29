package dev.nibble.core.codec.encode.simd;

import dev.nibble.core.codec.AffineScales;
import dev.nibble.core.codec.AffineSuperBlockCodec;
import dev.nibble.core.codec.RowEncoder;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/** Rows in Q2_K, Q4_K and Q5_K: searches the whole row's groups in lanes, then rounds block by block. */
final class AffineRowEncoder implements RowEncoder {
    private final AffineSuperBlockCodec codec;
    private final int size; // of a group
    private final AffineLanes equal;
    private final AffineLanes weighted;
    private final float[] x;
    private final float[] weights;
    private final float[] groupWeights;
    private final AffineScales scales;
    private final CodeBuffer codes;
    private final ErrorWeights rowWeights = new ErrorWeights();

    private AffineLanes.Results results = new AffineLanes.Results(0);

    AffineRowEncoder(AffineSuperBlockCodec codec) {
        this.codec = codec;
        this.size = codec.groupSize();
        this.equal = new AffineLanes(size, codec.largestCode(), codec.trials());
        this.weighted = new AffineLanes(size, codec.largestCode(), AffineSuperBlockCodec.WITH_IMPORTANCE);
        this.x = new float[size * GroupLanes.COUNT];
        this.weights = new float[size * GroupLanes.COUNT];
        this.groupWeights = new float[codec.groups()];
        this.scales = new AffineScales(codec);
        this.codes = new CodeBuffer(AffineSuperBlockCodec.SIZE, 0, codec.largestCode());
    }

    @Override
    public void encode(float[] numbers, int from, int count, Importance importance, MemorySegment target, long offset) {
        if (results.scales.length < count / size + GroupLanes.COUNT) {
            results = new AffineLanes.Results(count / size + GroupLanes.COUNT);
        }
        search(numbers, from, count / size, importance.ofRow(numbers, from, count));
        for (int block = 0; block < count / AffineSuperBlockCodec.SIZE; block++) {
            int group = block * codec.groups();
            if (importance.isEqual()) {
                scales.round(results.scales, results.minima, group);
            } else {
                System.arraycopy(results.weights, group, groupWeights, 0, codec.groups());
                scales.search(results.scales, results.minima, group, groupWeights);
            }
            round(numbers, from + block * AffineSuperBlockCodec.SIZE, group);
            codec.pack(codes.bytes(), scales, target, offset + (long) block * codec.blockBytes());
        }
    }

    private void search(float[] numbers, int from, int groups, Importance importance) {
        float[] ofRow = importance.isEqual()
                ? null
                : rowWeights.of(numbers, from, groups * size, importance, codec.meanSquareFactor());
        for (int group = 0; group < groups; group += GroupLanes.COUNT) {
            int lanes = Math.min(GroupLanes.COUNT, groups - group);
            GroupLanes.load(numbers, from + group * size, lanes, size, x);
            if (ofRow == null) {
                weigh();
                equal.search(x, weights, results, group);
            } else {
                GroupLanes.load(ofRow, group * size, lanes, size, weights);
                weighted.search(x, weights, results, group);
            }
        }
    }

    /** Computes the weights without importance. */
    private void weigh() {
        FloatVector rms = GroupLanes.zero();
        if (codec.addsRootMeanSquare()) {
            for (int i = 0; i < size; i++) {
                FloatVector number = GroupLanes.at(x, i);
                rms = rms.add(number.mul(number));
            }
            rms = rms.div(size).sqrt();
        }
        for (int i = 0; i < size; i++) {
            rms.add(GroupLanes.at(x, i).abs()).intoArray(weights, i * GroupLanes.COUNT);
        }
    }

    /** Rounds a block again with its rounded scales; where they are 0, keeps the codes of the search. */
    private void round(float[] numbers, int from, int group) {
        for (int i = 0; i < codec.groups(); i++) {
            float scale = scales.scale(i);
            if (scale != 0) {
                codes.divide(numbers, from + i * size, i * size, size, scales.minimum(i), scale);
            } else {
                codes.multiply(numbers, from + i * size, i * size, size, results.roundingMinima[group + i],
                        results.inverses[group + i]);
            }
        }
    }
}

package dev.nibble.core.codec;

import dev.nibble.core.tensor.Block;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.MemorySegment;

/** A block of Q2_K, Q4_K or Q5_K being encoded. */
final class AffineSuperBlock implements Block {
    private final AffineSuperBlockCodec codec;
    private final byte[] codes = new byte[AffineSuperBlockCodec.SIZE];
    private final AffineScales scales;

    private AffineSuperBlock(AffineSuperBlockCodec codec) {
        this.codec = codec;
        this.scales = new AffineScales(codec);
    }

    static AffineSuperBlock fit(AffineSuperBlockCodec codec, float[] numbers, int from, Importance importance) {
        AffineSuperBlock block = new AffineSuperBlock(codec);
        block.fitGroups(numbers, from, importance);
        for (int i = 0; i < AffineSuperBlockCodec.SIZE; i++) {
            block.choose(i, numbers, from + i);
        }
        return block;
    }

    private void fitGroups(float[] numbers, int from, Importance importance) {
        int size = codec.groupSize();
        AffineSuperBlockCodec.Trials trials = importance.isEqual() ? codec.trials() : AffineSuperBlockCodec.WITH_IMPORTANCE;
        AffineSearch search = new AffineSearch(size, codec.largestCode(), trials.firstShift(), trials.shiftStep(), trials.last(),
                trials.absolute());
        float meanSquare = importance.isEqual()
                ? 0
                : codec.meanSquareFactor() * sumOfSquares(numbers, from, AffineSuperBlockCodec.SIZE)
                        / AffineSuperBlockCodec.SIZE;
        float[] groupScales = new float[codec.groups()];
        float[] groupMinima = new float[codec.groups()];
        float[] groupWeights = new float[codec.groups()];
        float[] weights = new float[size];
        for (int group = 0; group < codec.groups(); group++) {
            int at = from + group * size;
            if (importance.isEqual()) {
                weigh(numbers, at, weights);
            } else {
                groupWeights[group] = weigh(numbers, at, importance, meanSquare, weights);
            }
            search.search(size, numbers, at, weights, codes, group * size);
            groupScales[group] = search.scale();
            groupMinima[group] = -search.minimum();
        }
        if (importance.isEqual()) {
            scales.round(groupScales, groupMinima, 0);
        } else {
            scales.search(groupScales, groupMinima, 0, groupWeights);
        }
    }

    private void weigh(float[] numbers, int from, float[] weights) {
        int size = codec.groupSize();
        float rms = codec.addsRootMeanSquare() ? (float) Math.sqrt(sumOfSquares(numbers, from, size) / size) : 0;
        for (int i = 0; i < size; i++) {
            weights[i] = rms + Math.abs(numbers[from + i]);
        }
    }

    /** Returns the sum of the weights. */
    private static float weigh(float[] numbers, int from, Importance importance, float meanSquare, float[] weights) {
        float sum = 0;
        for (int i = 0; i < weights.length; i++) {
            float number = numbers[from + i];
            weights[i] = importance.weight(from + i) * (float) Math.sqrt(meanSquare + number * number);
            sum += weights[i];
        }
        return sum;
    }

    private static float sumOfSquares(float[] numbers, int from, int count) {
        float sum = 0;
        for (int i = from; i < from + count; i++) {
            sum += numbers[i] * numbers[i];
        }
        return sum;
    }

    @Override
    public void choose(int i, float[] numbers, int from) {
        int group = i / codec.groupSize();
        float scale = scales.scale(group);
        if (scale != 0) {
            codes[i] = (byte) Math.clamp(Rounding.halfEven((numbers[from] + scales.minimum(group)) / scale), 0, codec.largestCode());
        }
    }

    @Override
    public float value(int i) {
        int group = i / codec.groupSize();
        return scales.scale(group) * codes[i] - scales.minimum(group);
    }

    @Override
    public void write(MemorySegment target, long offset) {
        codec.pack(codes, scales, target, offset);
    }
}

package dev.nibble.core.codec.encode.simd;

import dev.nibble.core.codec.NonLinearBlock;
import dev.nibble.core.codec.NonLinearLevels;
import dev.nibble.core.codec.RowEncoder;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** Rows in IQ4_NL and IQ4_XS: searches the whole row's groups in lanes, then rounds block by block. */
final class NonLinearRows implements RowEncoder {
    private static final int SIZE = NonLinearLevels.GROUP;
    private static final float ALL_ZERO = 1e-15f; // as in the plain search

    private final Codec codec;
    private final NonLinearBlock block;
    private final float[] x = new float[SIZE * GroupLanes.COUNT];
    private final float[] weights = new float[SIZE * GroupLanes.COUNT];
    private final int[] codes;

    private float[] scales = new float[0];
    private float[] rowWeights = new float[0];

    NonLinearRows(Codec codec, NonLinearBlock block) {
        this.codec = codec;
        this.block = block;
        this.codes = new int[codec.blockSize()];
    }

    @Override
    public void encode(float[] numbers, int from, int count, Importance importance, MemorySegment target, long offset) {
        int groups = count / SIZE;
        if (scales.length < groups + GroupLanes.COUNT) {
            scales = new float[groups + GroupLanes.COUNT];
            rowWeights = new float[count];
        }
        if (!importance.isEqual()) {
            weigh(numbers, from, count, importance.ofRow(numbers, from, count));
        }
        for (int group = 0; group < groups; group += GroupLanes.COUNT) {
            int lanes = Math.min(GroupLanes.COUNT, groups - group);
            GroupLanes.load(numbers, from + group * SIZE, lanes, SIZE, x);
            if (!importance.isEqual()) {
                GroupLanes.load(rowWeights, group * SIZE, lanes, SIZE, weights);
            }
            search(group, importance.isEqual());
        }
        int perBlock = codec.blockSize() / SIZE;
        for (int i = 0; i < groups / perBlock; i++) {
            block.fix(scales, i * perBlock);
            round(numbers, from + i * codec.blockSize());
            block.write(target, offset + (long) i * codec.blockBytes());
        }
    }

    private void weigh(float[] numbers, int from, int count, Importance importance) {
        for (int at = 0; at < count; at += codec.blockSize()) {
            float meanSquare = NonLinearLevels.doubledMeanSquare(numbers, from + at, codec.blockSize());
            for (int i = at; i < at + codec.blockSize(); i++) {
                float number = numbers[from + i];
                rowWeights[i] = importance.weight(from + i) * (float) Math.sqrt(meanSquare + number * number);
            }
        }
    }

    /** Finds the scales of the groups in the lanes, from group {@code group} on. */
    private void search(int group, boolean equal) {
        FloatVector extreme = GroupLanes.zero();
        for (int i = 0; i < SIZE; i++) {
            FloatVector number = GroupLanes.at(x, i);
            extreme = extreme.blend(number, number.abs().compare(VectorOperators.GT, extreme.abs()));
            if (equal) {
                number.mul(number).intoArray(weights, i * GroupLanes.COUNT);
            }
        }
        FloatVector first = GroupLanes.broadcast(NonLinearLevels.level(0));
        Best best = new Best(GroupLanes.zero(), GroupLanes.zero());
        best = best.tryInverse(x, weights, GroupLanes.broadcast(1).div(extreme.neg().div(first)), true);
        for (int attempt = -NonLinearLevels.TRIES; attempt <= NonLinearLevels.TRIES; attempt++) {
            best = best.tryInverse(x, weights, first.add(attempt).div(extreme), false);
        }
        VectorMask<Float> zeros = extreme.abs().compare(VectorOperators.LT, ALL_ZERO);
        best.scale.blend(0, zeros).intoArray(scales, group);
    }

    /** The best scale so far, and its reduction of the error. */
    private record Best(FloatVector scale, FloatVector score) {
        Best tryInverse(float[] x, float[] weights, FloatVector inverse, boolean first) {
            FloatVector sumXq = GroupLanes.zero();
            FloatVector sumQq = GroupLanes.zero();
            for (int i = 0; i < SIZE; i++) {
                FloatVector number = GroupLanes.at(x, i);
                FloatVector level = LevelLanes.level(inverse.mul(number));
                FloatVector weighted = GroupLanes.at(weights, i).mul(level);
                sumXq = sumXq.add(weighted.mul(number));
                sumQq = sumQq.add(weighted.mul(level));
            }
            VectorMask<Float> better = sumQq.compare(VectorOperators.GT, 0);
            if (!first) {
                better = better.and(sumXq.mul(sumXq).compare(VectorOperators.GT, score.mul(sumQq)));
            }
            FloatVector itsScale = sumXq.div(sumQq);
            return new Best(scale.blend(itsScale, better), score.blend(itsScale.mul(sumXq), better));
        }
    }

    private void round(float[] numbers, int from) {
        for (int i = 0; i < codes.length; i += GroupLanes.COUNT) {
            FloatVector number = FloatVector.fromArray(GroupLanes.FLOATS, numbers, from + i);
            LevelLanes.code(number.mul(block.inverse(i / SIZE))).intoArray(codes, i);
        }
        byte[] bytes = block.codes();
        for (int i = 0; i < codes.length; i++) {
            bytes[i] = (byte) codes[i];
        }
    }
}

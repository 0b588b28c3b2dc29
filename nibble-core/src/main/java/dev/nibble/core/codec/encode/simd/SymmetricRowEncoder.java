package dev.nibble.core.codec.encode.simd;

import static dev.nibble.core.codec.SymmetricSuperBlockCodec.GROUP;
import static dev.nibble.core.codec.SymmetricSuperBlockCodec.GROUPS;
import static dev.nibble.core.codec.SymmetricSuperBlockCodec.SIZE;

import dev.nibble.core.codec.RowEncoder;
import dev.nibble.core.codec.SymmetricScales;
import dev.nibble.core.codec.SymmetricSuperBlockCodec;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/** Rows in Q3_K and Q6_K: searches the whole row's groups in lanes, then rounds block by block. */
final class SymmetricRowEncoder implements RowEncoder {
    private final SymmetricSuperBlockCodec codec;
    private final SymmetricSearch equal;
    private final SymmetricSearch weighted;
    private final float[] x = new float[GROUP * GroupLanes.COUNT];
    private final float[] weights = new float[GROUP * GroupLanes.COUNT];
    private final float[] blockScales = new float[GROUPS];
    private final float[] blockWeights = new float[GROUPS];
    private final SymmetricScales scales = new SymmetricScales();
    private final CodeBuffer codes;
    private final ErrorWeights rowWeights = new ErrorWeights();

    private float[] groupScales = new float[0];
    private float[] groupWeights = new float[0];

    /**
     * @param equal    the search without importance
     * @param weighted the search with importance
     */
    SymmetricRowEncoder(SymmetricSuperBlockCodec codec, SymmetricSearch equal, SymmetricSearch weighted) {
        this.codec = codec;
        this.equal = equal;
        this.weighted = weighted;
        this.codes = new CodeBuffer(SIZE, -codec.limit(), codec.limit() - 1);
    }

    @Override
    public void encode(float[] numbers, int from, int count, Importance importance, MemorySegment target, long offset) {
        if (groupScales.length < count / GROUP + GroupLanes.COUNT) {
            groupScales = new float[count / GROUP + GroupLanes.COUNT];
            groupWeights = new float[count / GROUP + GroupLanes.COUNT];
        }
        SymmetricSearch search = importance.isEqual() ? equal : weighted;
        search.begin(count / GROUP);
        search(search, numbers, from, count / GROUP, importance.ofRow(numbers, from, count));
        for (int block = 0; block < count / SIZE; block++) {
            System.arraycopy(groupScales, block * GROUPS, blockScales, 0, GROUPS);
            System.arraycopy(groupWeights, block * GROUPS, blockWeights, 0, GROUPS);
            if (codec.round(blockScales, importance.isEqual() ? null : blockWeights, scales)) {
                round(search, numbers, from + block * SIZE, block * GROUPS);
            } else {
                codes.fill(0, SIZE, 0);
            }
            codec.pack(codes.bytes(), scales, target, offset + (long) block * codec.blockBytes());
        }
    }

    private void search(SymmetricSearch search, float[] numbers, int from, int groups, Importance importance) {
        float[] ofRow = importance.isEqual()
                ? null
                : rowWeights.of(numbers, from, groups * GROUP, importance, codec.weighsBySize() ? 2 : 0);
        for (int group = 0; group < groups; group += GroupLanes.COUNT) {
            int present = Math.min(GroupLanes.COUNT, groups - group);
            GroupLanes.load(numbers, from + group * GROUP, present, GROUP, x);
            if (ofRow == null) {
                square();
            } else {
                GroupLanes.load(ofRow, group * GROUP, present, GROUP, weights);
                sum().intoArray(groupWeights, group);
            }
            search.search(x, weights, groupScales, group);
        }
    }

    /** Computes the weights without importance. */
    private void square() {
        for (int i = 0; i < GROUP; i++) {
            FloatVector number = GroupLanes.at(x, i);
            number.mul(number).intoArray(weights, i * GroupLanes.COUNT);
        }
    }

    private FloatVector sum() {
        FloatVector sum = GroupLanes.zero();
        for (int i = 0; i < GROUP; i++) {
            sum = sum.add(GroupLanes.at(weights, i));
        }
        return sum;
    }

    /** Rounds a block again with its rounded scales; where they are 0, keeps the codes of the search. */
    private void round(SymmetricSearch search, float[] numbers, int from, int group) {
        for (int i = 0; i < GROUPS; i++) {
            float scale = scales.scale(i);
            if (scale != 0) {
                codes.divide(numbers, from + i * GROUP, i * GROUP, GROUP, 0, scale);
            } else {
                search.codes(numbers, from + i * GROUP, group + i, codes, i * GROUP);
            }
        }
    }
}

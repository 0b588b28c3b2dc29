package dev.nibble.core.codec;

import static dev.nibble.core.codec.SymmetricSuperBlockCodec.GROUP;
import static dev.nibble.core.codec.SymmetricSuperBlockCodec.GROUPS;
import static dev.nibble.core.codec.SymmetricSuperBlockCodec.SIZE;

import dev.nibble.core.tensor.Block;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** A block of Q3_K or Q6_K being encoded. */
final class SymmetricSuperBlock implements Block {
    private final SymmetricSuperBlockCodec codec;
    private final byte[] codes = new byte[SIZE];
    private final SymmetricScales scales = new SymmetricScales();

    private SymmetricSuperBlock(SymmetricSuperBlockCodec codec) {
        this.codec = codec;
    }

    static SymmetricSuperBlock fit(SymmetricSuperBlockCodec codec, float[] numbers, int from, Importance importance) {
        SymmetricSuperBlock block = new SymmetricSuperBlock(codec);
        block.fitGroups(numbers, from, importance);
        for (int i = 0; i < SIZE; i++) {
            block.choose(i, numbers, from + i);
        }
        return block;
    }

    private void fitGroups(float[] numbers, int from, Importance importance) {
        float[] weights = null;
        float[] sums = null;
        if (!importance.isEqual()) {
            weights = new float[SIZE];
            sums = new float[GROUPS];
            weigh(numbers, from, importance, weights);
        }
        float[] groupScales = new float[GROUPS];
        for (int group = 0; group < GROUPS; group++) {
            int at = group * GROUP;
            float[] ofGroup = weights == null ? null : Arrays.copyOfRange(weights, at, at + GROUP);
            groupScales[group] = codec.search(numbers, from + at, codes, at, ofGroup);
            if (ofGroup != null) {
                for (float weight : ofGroup) {
                    sums[group] += weight;
                }
            }
        }
        if (!codec.round(groupScales, sums, scales)) {
            Arrays.fill(codes, (byte) 0);
        }
    }

    private void weigh(float[] numbers, int from, Importance importance, float[] weights) {
        float sum = 0;
        for (int i = from; i < from + SIZE; i++) {
            sum += numbers[i] * numbers[i];
        }
        float meanSquare = 2 * sum / SIZE;
        for (int i = 0; i < SIZE; i++) {
            float number = numbers[from + i];
            weights[i] = importance.weight(from + i);
            if (codec.weighsBySize()) {
                weights[i] *= (float) Math.sqrt(meanSquare + number * number);
            }
        }
    }

    @Override
    public void choose(int i, float[] numbers, int from) {
        float scale = scales.scale(i / GROUP);
        if (scale != 0) {
            int limit = codec.limit();
            codes[i] = (byte) (limit + Math.clamp(Rounding.halfEven(numbers[from] / scale), -limit, limit - 1));
        }
    }

    @Override
    public float value(int i) {
        return scales.scale(i / GROUP) * (codes[i] - codec.limit());
    }

    @Override
    public void write(MemorySegment target, long offset) {
        codec.pack(codes, scales, target, offset);
    }
}

package dev.nibble.core.codec;

import dev.nibble.core.tensor.Block;
import java.lang.foreign.MemorySegment;

/** A group of {@link AdditiveCodes} being encoded: the scale is fixed, the codes may change. Codebooks are searched one after another. */
final class AdditiveBlock implements Block {
    private static final int DIMENSION = AdditiveCodes.DIMENSION;

    private final AdditiveCodes codec;
    private final float scale;
    private final float[] vectors;
    private final int[] indices;
    private final float[] values;
    private final float[] rest = new float[DIMENSION];

    AdditiveBlock(AdditiveCodes codec, float scale) {
        this.codec = codec;
        this.scale = scale;
        this.vectors = codec.floats();
        this.indices = new int[codec.blockSize() / DIMENSION * codec.books()];
        this.values = new float[codec.blockSize()];
    }

    @Override
    public int dimension() {
        return DIMENSION;
    }

    @Override
    public void choose(int i, float[] numbers, int from) {
        float inverse = scale == 0 ? 0 : 1 / scale;
        for (int d = 0; d < DIMENSION; d++) {
            rest[d] = numbers[from + d] * inverse;
            values[i + d] = 0;
        }
        for (int book = 0; book < codec.books(); book++) {
            int vector = nearest(book << codec.bits(), 1 << codec.bits());
            indices[i / DIMENSION * codec.books() + book] = vector - (book << codec.bits());
            for (int d = 0; d < DIMENSION; d++) {
                rest[d] -= vectors[vector * DIMENSION + d];
                values[i + d] += vectors[vector * DIMENSION + d];
            }
        }
        for (int d = 0; d < DIMENSION; d++) {
            values[i + d] *= scale;
        }
    }

    private int nearest(int first, int count) {
        int best = first;
        float min = Float.POSITIVE_INFINITY;
        for (int vector = first; vector < first + count; vector++) {
            float sum = 0;
            for (int d = 0; d < DIMENSION; d++) {
                float difference = rest[d] - vectors[vector * DIMENSION + d];
                sum += difference * difference;
            }
            if (sum < min) {
                min = sum;
                best = vector;
            }
        }
        return best;
    }

    @Override
    public float value(int i) {
        return values[i];
    }

    @Override
    public void write(MemorySegment target, long offset) {
        codec.write(target, offset, scale, indices, 0);
    }
}

package dev.nibble.core.codec;

import dev.nibble.core.tensor.Block;
import java.lang.foreign.MemorySegment;

/** A group of {@link E8P} being encoded: the scale is fixed, the points may change. */
public final class E8PBlock implements Block {
    private final E8P codec;
    private final float scale;
    private final short[] codes;
    private final float[] values;
    private final E8PCodebook.Search search = new E8PCodebook.Search();

    E8PBlock(E8P codec, float scale) {
        this.codec = codec;
        this.scale = scale;
        this.codes = new short[codec.groupSize() / E8P.DIMENSION];
        this.values = new float[codec.groupSize()];
        for (int i = 0; i < codes.length; i++) {
            E8PCodebook.decode(codes[i], scale, values, i * E8P.DIMENSION);
        }
    }

    @Override
    public int dimension() {
        return E8P.DIMENSION;
    }

    @Override
    public void choose(int i, float[] numbers, int from) {
        codes[i / E8P.DIMENSION] = scale == 0 ? 0 : search.nearest(numbers, from, 1 / scale);
        E8PCodebook.decode(codes[i / E8P.DIMENSION], scale, values, i);
    }

    @Override
    public float value(int i) {
        return values[i];
    }

    @Override
    public void write(MemorySegment target, long offset) {
        codec.write(target, offset, scale, codes, 0);
    }
}

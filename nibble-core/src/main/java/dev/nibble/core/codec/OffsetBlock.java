package dev.nibble.core.codec;

import dev.nibble.core.tensor.Block;
import java.lang.foreign.MemorySegment;

/** A group of {@link OffsetGroups} being encoded: scale and offset are fixed, as stored; the codes may change. */
final class OffsetBlock implements Block {
    private final OffsetGroups codec;
    private final float scale;
    private final float added;
    private final byte[] codes;

    OffsetBlock(OffsetGroups codec, float scale, float added) {
        this.codec = codec;
        this.scale = scale;
        this.added = added;
        this.codes = new byte[codec.groupSize()];
    }

    @Override
    public void choose(int i, float[] numbers, int from) {
        double steps = scale == 0 ? 0 : Math.rint((numbers[from] - added) / scale);
        codes[i] = (byte) Math.clamp((long) steps + codec.middle(), 0, 2 * codec.middle() - 1);
    }

    @Override
    public float value(int i) {
        return ((codes[i] & 0xFF) - codec.middle()) * scale + added;
    }

    @Override
    public void write(MemorySegment target, long offset) {
        codec.write(target, offset, scale, added, codes, 0);
    }
}

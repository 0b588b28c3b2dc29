package dev.nibble.core.codec;

import dev.nibble.core.tensor.Block;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.MemorySegment;

/**
 * {@link ScaledLevels} with given scales, shared by several rows: one per segment of columns. The bytes are those of that codec; a block is
 * fitted to a whole row.
 */
final class PresetScales implements Codec {
    private final ScaledLevels levels;
    private final float[] scales;
    private final int run;

    /**
     * @param scales of the segments of a row
     * @param run    columns under one scale; the codec's groups divide it
     */
    public PresetScales(ScaledLevels levels, float[] scales, int run) {
        if (run % levels.groupSize() != 0) {
            throw new IllegalArgumentException("groups of " + levels.groupSize() + " under scales of " + run + " columns");
        }
        this.levels = levels;
        this.scales = scales.clone();
        this.run = run;
    }

    @Override
    public String name() {
        return levels.name();
    }

    @Override
    public int blockSize() {
        return levels.blockSize();
    }

    @Override
    public int blockBytes() {
        return levels.blockBytes();
    }

    @Override
    public double roundingError() {
        return 1; // small numbers beside large ones of other rows
    }

    @Override
    public void decode(MemorySegment source, long offset, float[] target, int from, int count) {
        levels.decode(source, offset, target, from, count);
    }

    @Override
    public Block fit(float[] numbers, int from, Importance importance) {
        ScaledLevelsBlock block = levels.under(scales[from / run]);
        for (int i = 0; i < levels.groupSize(); i++) {
            block.choose(i, numbers, from + i);
        }
        return block;
    }
}

package dev.nibble.core.codec;

import dev.nibble.core.tensor.Block;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** A row of {@link MixedGroups} being encoded: the blocks of its groups, one after another. */
final class MixedBlock implements Block {
    private final MixedGroups codec;
    private final List<Block> groups;

    MixedBlock(MixedGroups codec, List<Block> groups) {
        this.codec = codec;
        this.groups = List.copyOf(groups);
    }

    /** The group of a number, and its index in the group. */
    private record Place(int group, int inGroup) {}

    private Place place(int i) {
        int column = i;
        int group = 0;
        for (MixedGroups.Part part : codec.parts()) {
            if (column < part.columns()) {
                return new Place(group + column / part.codec().groupSize(), column % part.codec().groupSize());
            }
            column -= part.columns();
            group += part.groups();
        }
        throw new IndexOutOfBoundsException("number " + i + " of " + codec.blockSize());
    }

    @Override
    public void choose(int i, float[] numbers, int from) {
        Place place = place(i);
        groups.get(place.group).choose(place.inGroup, numbers, from);
    }

    @Override
    public float value(int i) {
        Place place = place(i);
        return groups.get(place.group).value(place.inGroup);
    }

    @Override
    public void write(MemorySegment target, long offset) {
        long at = offset;
        int group = 0;
        for (MixedGroups.Part part : codec.parts()) {
            for (int i = 0; i < part.groups(); i++) {
                groups.get(group++).write(target, at);
                at += part.codec().blockBytes();
            }
        }
    }
}

package dev.nibble.core.layout;

import dev.nibble.core.codec.GroupCodec;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.Transform;
import dev.nibble.core.tensor.Weight;
import dev.nibble.error.UnsupportedException;

/** A weight as grouped rows in the model's column order; the inverse of {@link GroupedWeight}. */
final class BlockRows implements GroupedRows {
    private final Tensor values;
    private final GroupCodec codec;
    private final int[] order;
    private final RowGroups form;
    private final int groupSize;
    private final byte[] stored;

    /**
     * @param name      of the module, for error messages
     * @param groupSize target group size, a multiple of the block size; the blocks of a group must then agree
     */
    BlockRows(Weight weight, String name, int groupSize) {
        this.values = weight.values();
        this.groupSize = Math.min(groupSize, Math.toIntExact(values.columns()));
        if (!(values.codec() instanceof GroupCodec grouped)) {
            throw new UnsupportedException(name + " is " + values.codec().name() + ", whose codes this layout does not hold");
        }
        this.codec = grouped;
        if (this.groupSize % codec.groupSize() != 0 && values.columns() % codec.groupSize() == 0) {
            throw new UnsupportedException(name + ": groups of " + groupSize + " cannot be made of blocks of " + codec.groupSize());
        }
        this.order = order(weight, name);
        int[] groups = new int[order.length];
        for (int i = 0; i < order.length; i++) {
            groups[order[i]] = i / this.groupSize;
        }
        this.form = new RowGroups(codec, Math.toIntExact(values.rows()), groups);
        this.stored = new byte[order.length];
        check(name);
    }

    private static int[] order(Weight weight, String name) {
        if (!weight.outputTransforms().isEmpty()) {
            throw new UnsupportedException(name + ": its output is transformed (QuIP#), which no grouped layout can hold");
        }
        if (weight.inputTransforms().isEmpty()) {
            int[] same = new int[Math.toIntExact(weight.values().columns())];
            for (int i = 0; i < same.length; i++) {
                same[i] = i;
            }
            return same;
        }
        if (weight.inputTransforms().size() == 1 && weight.inputTransforms().getFirst() instanceof Transform.Permutation permutation) {
            return permutation.order();
        }
        throw new UnsupportedException(name + ": its input is transformed by " + weight.inputTransforms()
                + ", which no grouped layout can hold; only a permutation");
    }

    /** Requires all blocks of a group to have the scale and zero point of the first. */
    private void check(String name) {
        for (int row = 0; row < rows() && groupSize > codec.groupSize(); row++) {
            for (int column = 0; column < columns(); column += codec.groupSize()) {
                long block = offset(row, column);
                long first = offset(row, column / groupSize * groupSize);
                boolean alike = codec.scale(values.data(), block) == codec.scale(values.data(), first)
                        && codec.zeroPoint(values.data(), block) == codec.zeroPoint(values.data(), first);
                if (!alike) {
                    throw new UnsupportedException("%s, row %d: blocks of %d have different scales, so groups of %d cannot hold them"
                            .formatted(name, row, codec.groupSize(), groupSize));
                }
            }
        }
    }

    private long offset(int row, int column) {
        return row * values.rowBytes() + (long) (column / codec.groupSize()) * codec.blockBytes();
    }

    @Override
    public RowGroups form() {
        return form;
    }

    int groupCount() {
        return Math.ceilDiv(columns(), groupSize);
    }

    /** Whether a group's columns are scattered. */
    boolean isReordered() {
        for (int i = 0; i < groups().length; i++) {
            if (groups()[i] != i / groupSize) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void codes(int row, byte[] target) {
        for (int column = 0; column < stored.length; column += codec.groupSize()) {
            codec.codes(values.data(), offset(row, column), stored, column);
        }
        for (int i = 0; i < stored.length; i++) {
            target[order[i]] = stored[i];
        }
    }

    @Override
    public float scale(int row, int group) {
        return codec.scale(values.data(), offset(row, group * groupSize));
    }

    @Override
    public float zeroPoint(int row, int group) {
        return codec.zeroPoint(values.data(), offset(row, group * groupSize));
    }
}

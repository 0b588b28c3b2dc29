package dev.nibble.core.layout;

import dev.nibble.core.codec.GroupCodec;

/** A weight as rows of grouped codes in any packing: common to all layouts except FP4 with small floats as scales. */
interface GroupedRows {
    RowGroups form();

    /** Writes the codes of a row, one per byte. */
    void codes(int row, byte[] target);

    float scale(int row, int group);

    /** The code of zero, or the offset; ignored if the codec stores neither. */
    float zeroPoint(int row, int group);

    default GroupCodec codec() {
        return form().codec();
    }

    default int rows() {
        return form().rows();
    }

    default int columns() {
        return form().columns();
    }

    /** The group of every column, in any order. */
    default int[] groups() {
        return form().groups();
    }
}

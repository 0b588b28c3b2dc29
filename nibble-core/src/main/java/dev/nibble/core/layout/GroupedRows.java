package dev.nibble.core.layout;

import dev.nibble.core.codec.GroupCodec;

/** A weight as rows of codes in groups, wherever its bits lie: what all layouts but those of FP4 with small floats as scales have in common. */
interface GroupedRows {
    RowGroups form();

    /** Writes the codes of a row, one per byte. */
    void codes(int row, byte[] target);

    float scale(int row, int group);

    /** The code that stands for zero, or the offset; not looked at if the codec stores neither. */
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

package dev.nibble.core.checkpoint.layout;

import dev.nibble.core.codec.GroupCodec;

/** A weight as rows of codes in groups, wherever its bits lie: what all layouts but those of FP4 with small floats as scales have in common. */
interface GroupedRows {
    /** The codec that the weight is in; its group is not looked at. */
    GroupCodec codec();

    int rows();

    int columns();

    /** The group of every column, in any order. */
    int[] groups();

    /** Writes the codes of a row, one per byte. */
    void codes(int row, byte[] target);

    float scale(int row, int group);

    /** The code that stands for zero; not asked for if the codec stores none. */
    float zeroPoint(int row, int group);

    /** Groups of {@code size} neighbours; the last one may be smaller. */
    static int[] neighbours(int columns, int size) {
        int[] groups = new int[columns];
        for (int i = 0; i < columns; i++) {
            groups[i] = i / size;
        }
        return groups;
    }
}

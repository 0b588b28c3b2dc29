package dev.nibble.core.layout;

import dev.nibble.core.codec.GroupCodec;

/**
 * The shape of {@link GroupedRows}.
 *
 * @param codec  codec of the weight; its group size is ignored
 * @param groups the group of every column, in any order; not copied
 */
record RowGroups(GroupCodec codec, int rows, int[] groups) {
    int columns() {
        return groups.length;
    }

    /** Groups of {@code size} contiguous columns; the last one may be smaller. */
    static int[] contiguous(int columns, int size) {
        int[] groups = new int[columns];
        for (int i = 0; i < columns; i++) {
            groups[i] = i / size;
        }
        return groups;
    }
}

package dev.nibble.text.template;

import java.util.Arrays;

/** Converts offsets in a source to lines and columns. */
final class SourceLines {
    private final int[] starts;

    SourceLines(String source) {
        int[] found = new int[16];
        int count = 1;
        for (int i = source.indexOf('\n'); i >= 0; i = source.indexOf('\n', i + 1)) {
            if (count == found.length) {
                found = Arrays.copyOf(found, 2 * count);
            }
            found[count++] = i + 1;
        }
        this.starts = Arrays.copyOf(found, count);
    }

    Place place(int offset) {
        int found = Arrays.binarySearch(starts, offset);
        int line = found >= 0 ? found : -found - 2;
        return new Place(line + 1, offset - starts[line] + 1);
    }
}

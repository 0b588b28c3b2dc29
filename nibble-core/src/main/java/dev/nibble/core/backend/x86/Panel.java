package dev.nibble.core.backend.x86;

import dev.nibble.core.backend.x86.format.RowFormat;

/**
 * How sixteen rows lie in memory for products with many tokens: one record after the other, each of 32 columns.
 *
 * <pre>
 *   uint8  codes[8][16 rows][4]    four columns of a row side by side
 *   float  scale[1 or 2][16]       of all 32 columns, or of each half
 *   float  minimum[0, 1 or 2][16]
 * </pre>
 */
record Panel(int halves, boolean minimums) {
    static final int ROWS = 16;
    static final int LINE = 64;
    static final int STEPS = 8;

    static Panel of(RowFormat format) {
        return new Panel(format.halves() ? 2 : 1, format.minimums());
    }

    /** Bytes of a record. */
    int stride() {
        return minimum(halves);
    }

    int scale(int half) {
        return (STEPS + half) * LINE;
    }

    int minimum(int half) {
        return (STEPS + halves + (minimums ? half : 0)) * LINE;
    }
}

package dev.nibble.core.backend.vector;

/** The innermost product: four decoded rows with a few tokens, a segment of columns at a time. Thread-safe. */
interface Tiles {
    /** Rows in a tile. */
    int ROWS = 4;
    /** Tokens in the largest tile. */
    int TOKENS = 6;

    /**
     * Adds the products of a segment of columns to the accumulators.
     *
     * @param panel  decoded rows, from {@code at} on, at {@code stride}
     * @param x      tokens, from {@code xAt} on, at {@code xStride}
     * @param count  columns, a multiple of {@link LaneSum#COUNT}
     * @param sums   accumulators of the first token and row from {@code sumsAt} on; of the next row right after, of the next token {@code
     *               sumsStride} further
     */
    void multiply(float[] panel, int at, int stride, float[] x, int xAt, int xStride, int tokens, int count, float[] sums, int sumsAt,
            int sumsStride);
}

package dev.nibble.core.model;

/** A table with a row of numbers for every token, or for every position. */
public interface Embedding {
    /** Rows there are. */
    int rows();

    /** Numbers in a row. */
    int width();

    /**
     * Copies a row.
     *
     * @param row 0 to {@link #rows} − 1
     */
    void read(int row, float[] target, int from);
}

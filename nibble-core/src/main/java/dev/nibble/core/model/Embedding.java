package dev.nibble.core.model;

/** A table with a vector for every token, or for every position. */
public interface Embedding {
    /** Number of rows. */
    int rows();

    /** Length of a row. */
    int width();

    /**
     * Copies a row.
     *
     * @param row 0 to {@link #rows} − 1
     */
    void read(int row, float[] target, int from);
}

package dev.nibble.core.backend.vector;

import java.lang.foreign.MemorySegment;

/**
 * Four rows of one codec with one token: generation, which waits for memory. The four are best far apart, because processors fetch ahead
 * separate streams. Thread-safe.
 */
@FunctionalInterface
interface RowQuad {
    int COUNT = 4;

    /**
     * Computes the strands of rows {@code from}, {@code from + stride} …
     *
     * @param stride bytes from a row to the next
     * @param sums   {@code COUNT × Strands.COUNT} of them, from 0 on, overwritten
     */
    void multiply(MemorySegment weight, long from, long stride, int columns, float[] x, int xFrom, float[] sums);
}

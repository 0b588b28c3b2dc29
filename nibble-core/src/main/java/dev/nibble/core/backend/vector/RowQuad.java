package dev.nibble.core.backend.vector;

import java.lang.foreign.MemorySegment;

/**
 * The product of four rows of one codec with one token: generation, which is bound by memory bandwidth. A large stride is best, because
 * processors prefetch separate streams. Thread-safe.
 */
@FunctionalInterface
interface RowQuad {
    int COUNT = 4;

    /**
     * Computes the accumulators of rows {@code from}, {@code from + stride} …
     *
     * @param stride bytes from a row to the next
     * @param sums   {@code COUNT × LaneSum.COUNT} accumulators, from 0 on, overwritten
     */
    void multiply(MemorySegment weight, long from, long stride, int columns, float[] x, int xFrom, float[] sums);
}

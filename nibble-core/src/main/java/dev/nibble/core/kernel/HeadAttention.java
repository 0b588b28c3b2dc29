package dev.nibble.core.kernel;

import dev.nibble.core.tensor.Codec;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.IntFunction;

/**
 * Attention of the queries of one sequence that share a head of keys and values: {@code mixed = softmax(scale · query · keysᵀ) · values},
 * each query over the positions up to its own that are within the window.
 *
 * @param pages   the cache; they hold the first query's position and all before it
 * @param window  positions that a query attends to, its own included
 * @param queries row {@link QueryShape#firstRow} is that of the first position
 * @param mixed   the result, in the same rows and columns
 */
public record HeadAttention(KeyValuePages pages, QueryShape shape, int window, Scaling scaling, Matrix queries, Matrix mixed) {
    /**
     * Keys and values in the cache.
     *
     * @param keys the keys of a page, {@code positions × headSize} values
     * @param values likewise
     * @param positions positions in a page
     */
    public record KeyValuePages(IntFunction<MemorySegment> keys, IntFunction<MemorySegment> values, Codec codec, int positions,
            int headSize) {}

    /**
     * The queries and their position in the matrices.
     *
     * @param firstPosition position of the first query
     * @param rows consecutive positions with queries
     * @param group adjacent queries per position
     * @param firstRow the first position's row in the matrices
     * @param column the group's first column
     */
    public record QueryShape(int firstPosition, int rows, int group, int firstRow, int column) {
        /** Number of queries. */
        public int count() {
            return rows * group;
        }
    }

    /**
     * The changes of a score before the softmax.
     *
     * @param softCap scaled scores become {@code cap · tanh(score / cap)}; 0 for no cap
     * @param slopes  subtracted from a score per position of distance (ALiBi), for each query of the group; empty for none
     * @param sinks   score of an attention sink without a value, for each query of the group: it enters the sum of weights only; empty for none
     */
    public record Scaling(float scale, float softCap, List<Float> slopes, List<Float> sinks) {
        public Scaling {
            slopes = List.copyOf(slopes);
            sinks = List.copyOf(sinks);
        }
    }

    /** The first position that a row attends to. */
    public int from(int row) {
        return Math.max(0, shape.firstPosition + row - window + 1);
    }

    /** The position after the last that a row attends to, which is its own. */
    public int to(int row) {
        return shape.firstPosition + row + 1;
    }
}

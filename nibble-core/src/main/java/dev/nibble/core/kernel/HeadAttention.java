package dev.nibble.core.kernel;

import dev.nibble.core.tensor.Codec;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.IntFunction;

/**
 * Attention of the queries of one sequence that share a head of keys and values: {@code mixed = softmax(scale · query · keysᵀ) · values}, each
 * query over the positions up to its own that are within the window.
 *
 * @param keys          of a page, {@code pagePositions × headSize} numbers
 * @param values        likewise
 * @param firstPosition of the first query; the pages hold it and all before it
 * @param rows          positions that ask, one after the other
 * @param group         queries of each, side by side
 * @param softCap       scaled scores go through {@code cap · tanh(score / cap)}; 0 for not at all
 * @param slopes        what is taken off a score per position of distance, for each query of the group; empty for nothing
 * @param sinks         the score of no position at all, for each query of the group, which takes its share and adds nothing; empty for none
 * @param queries       row {@code firstRow} is that of the first position
 * @param column        where in a row the group starts, in {@code queries} and in {@code mixed}
 */
public record HeadAttention(IntFunction<MemorySegment> keys, IntFunction<MemorySegment> values, Codec codec, int pagePositions,
        int headSize, int firstPosition, int rows, int group, int window, float scale, float softCap, List<Float> slopes, List<Float> sinks,
        Matrix queries,
        Matrix mixed, int firstRow, int column) {
    public HeadAttention {
        slopes = List.copyOf(slopes);
        sinks = List.copyOf(sinks);
    }

    /** The first position that a row sees. */
    public int from(int row) {
        return Math.max(0, firstPosition + row - window + 1);
    }

    /** The position after the last that a row sees: its own. */
    public int to(int row) {
        return firstPosition + row + 1;
    }
}

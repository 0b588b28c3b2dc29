package dev.nibble.core.model.mapping;

import java.util.function.LongUnaryOperator;

/**
 * A permutation of a matrix's rows, with its inverse.
 *
 * @param source row of the original that becomes row {@code i}
 * @param target row that the original's row {@code i} becomes
 */
public record RowOrder(LongUnaryOperator source, LongUnaryOperator target) {
    /**
     * Order from Hugging Face's RoPE pairs (value {@code i} of a head with {@code i + headSize/2}) to the original Llama's, ggml's "norm"
     * rope ({@code 2i} with {@code 2i + 1}).
     */
    public static RowOrder interleaved(long headSize) {
        long half = headSize / 2;
        return new RowOrder(row -> {
            long inHead = row % headSize;
            return row - inHead + inHead % 2 * half + inHead / 2;
        }, row -> {
            long inHead = row % headSize;
            return row - inHead + inHead % half * 2 + inHead / half;
        });
    }

    /**
     * Order from fused projections in groups ({@code queriesPerGroup} heads of queries, then one of keys and one of values, group after
     * group, as in Falcon and, with one query per group, GPT-NeoX) to all queries, all keys, all values.
     */
    public static RowOrder ungrouped(long groups, long queriesPerGroup, long headSize) {
        long queries = groups * queriesPerGroup;
        long groupHeads = queriesPerGroup + 2;
        return new RowOrder(row -> {
            long head = row / headSize;
            long group = head < queries ? head / queriesPerGroup : (head - queries) % groups;
            long inGroup = head < queries ? head % queriesPerGroup : queriesPerGroup + (head - queries) / groups;
            return (group * groupHeads + inGroup) * headSize + row % headSize;
        }, row -> {
            long head = row / headSize;
            long group = head / groupHeads;
            long inGroup = head % groupHeads;
            long target = inGroup < queriesPerGroup
                    ? group * queriesPerGroup + inGroup
                    : queries + (inGroup - queriesPerGroup) * groups + group;
            return target * headSize + row % headSize;
        });
    }

    public RowOrder inverse() {
        return new RowOrder(target, source);
    }
}

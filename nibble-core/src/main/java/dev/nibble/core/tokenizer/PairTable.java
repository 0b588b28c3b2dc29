package dev.nibble.core.tokenizer;

import java.util.Arrays;

/** Which two symbols join, into which third, and how early: a hash table of numbers, since a vocabulary has hundreds of thousands. */
final class PairTable {
    static final int NONE = -1;

    private final long[] keys; // left above right; EMPTY where nothing is
    private final int[] ranks;
    private final int[] results;
    private static final long EMPTY = -1;

    PairTable(int pairs) {
        int capacity = Integer.highestOneBit(Math.max(pairs, 8)) * 4;
        keys = new long[capacity];
        Arrays.fill(keys, EMPTY);
        ranks = new int[capacity];
        results = new int[capacity];
    }

    /** @param rank the least joins first. The first entry of a pair counts. */
    void put(int left, int right, int rank, int result) {
        long key = key(left, right);
        int slot = slot(key);
        if (keys[slot] == EMPTY) {
            keys[slot] = key;
            ranks[slot] = rank;
            results[slot] = result;
        }
    }

    /** Where the pair is, or {@link #NONE}. */
    int find(int left, int right) {
        int slot = slot(key(left, right));
        return keys[slot] == EMPTY ? NONE : slot;
    }

    int rank(int slot) {
        return ranks[slot];
    }

    int result(int slot) {
        return results[slot];
    }

    private static long key(int left, int right) {
        return (long) left << 32 | right;
    }

    private int slot(long key) {
        long hash = key * 0x9E3779B97F4A7C15L;
        int slot = (int) (hash >>> 32) & (keys.length - 1);
        while (keys[slot] != EMPTY && keys[slot] != key) {
            slot = (slot + 1) & (keys.length - 1);
        }
        return slot;
    }
}

package dev.nibble.text.tokenizer;

import java.util.Arrays;

/** Merges in a hash table of primitives, since a vocabulary has hundreds of thousands. */
final class HashedMergeTable implements MergeTable {
    private static final long EMPTY = -1;

    private long[] keys; // left << 32 | right, or EMPTY
    private int[] ranks;
    private int[] results;
    private int size;

    /** @param pairs expected number of pairs; the table grows */
    HashedMergeTable(int pairs) {
        allocate(Integer.highestOneBit(Math.clamp(pairs, 8, 1 << 24)) * 2);
    }

    private void allocate(int capacity) {
        keys = new long[capacity];
        Arrays.fill(keys, EMPTY);
        ranks = new int[capacity];
        results = new int[capacity];
    }

    /** Adds a merge unless the pair has one. @param rank the lowest is merged first */
    void put(int left, int right, int rank, int result) {
        long key = key(left, right);
        int slot = slot(key);
        if (keys[slot] == EMPTY) {
            keys[slot] = key;
            ranks[slot] = rank;
            results[slot] = result;
            if (++size > keys.length / 2) {
                grow();
            }
        }
    }

    private void grow() {
        long[] oldKeys = keys;
        int[] oldRanks = ranks;
        int[] oldResults = results;
        allocate(Math.multiplyExact(keys.length, 2));
        for (int i = 0; i < oldKeys.length; i++) {
            if (oldKeys[i] != EMPTY) {
                int slot = slot(oldKeys[i]);
                keys[slot] = oldKeys[i];
                ranks[slot] = oldRanks[i];
                results[slot] = oldResults[i];
            }
        }
    }

    @Override
    public int find(int left, int right) {
        int slot = slot(key(left, right));
        return keys[slot] == EMPTY ? NONE : slot;
    }

    @Override
    public int rank(int slot) {
        return ranks[slot];
    }

    @Override
    public int result(int slot) {
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

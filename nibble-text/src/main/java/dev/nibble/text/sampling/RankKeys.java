package dev.nibble.text.sampling;

import java.util.Arrays;
import java.util.function.IntUnaryOperator;

/**
 * A logit and a token id packed into one long that sorts by falling logit, then by rising id: bits 63–32 the logit's bits made monotonic
 * and inverted, bits 31–0 the id.
 */
final class RankKeys {
    private static final int SORT_ALL_FROM_PART = 4;

    private RankKeys() {}

    static long key(int id, float logit) {
        int bits = Float.floatToRawIntBits(logit + 0f); // −0 becomes 0, so that they tie
        return (long) ~(bits ^ bits >> 31 & Integer.MAX_VALUE) << 32 | id;
    }

    static int id(long key) {
        return (int) key;
    }

    static float logit(long key) {
        int bits = ~(int) (key >> 32);
        return Float.intBitsToFloat(bits ^ bits >> 31 & Integer.MAX_VALUE);
    }

    /**
     * Writes the {@code limit} smallest keys of {@code count} tokens to {@code keys}, rising, without those of −Infinity: by a heap, or by
     * sorting all if that costs little more.
     *
     * @return number of keys written
     */
    static int first(int limit, int count, IntUnaryOperator ids, float[] logits, long[] keys) {
        int filled = 0;
        boolean all = (long) limit * SORT_ALL_FROM_PART >= count;
        int capacity = all ? count : limit;
        float worst = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < count; i++) {
            float logit = logits[i];
            if (logit < worst || logit == Float.NEGATIVE_INFINITY) {
                continue;
            }
            long key = key(ids.applyAsInt(i), logit);
            if (filled < capacity) {
                keys[filled++] = key;
                if (filled == capacity && !all) {
                    heapify(keys, filled);
                    worst = logit(keys[0]);
                }
            } else if (key < keys[0]) {
                keys[0] = key;
                sink(keys, 0, filled);
                worst = logit(keys[0]);
            }
        }
        Arrays.sort(keys, 0, filled);
        return Math.min(limit, filled);
    }

    private static void heapify(long[] keys, int size) {
        for (int i = size / 2 - 1; i >= 0; i--) {
            sink(keys, i, size);
        }
    }

    /** Restores the max-heap below {@code top}. */
    private static void sink(long[] keys, int top, int size) {
        long key = keys[top];
        int at = top;
        for (int child = 2 * at + 1; child < size; child = 2 * at + 1) {
            if (child + 1 < size && keys[child + 1] > keys[child]) {
                child++;
            }
            if (keys[child] <= key) {
                break;
            }
            keys[at] = keys[child];
            at = child;
        }
        keys[at] = key;
    }
}

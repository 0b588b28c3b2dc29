package dev.nibble.text.tokenizer;

import java.util.Arrays;

/**
 * Byte-pair encoding of one word: the pair of lowest rank is merged first, on ties the leftmost, until none is left (Sennrich et al.,
 * 2016). A priority queue of candidates makes this O(n log n) in the word's length.
 */
final class BpeMerger {
    private static final int END = -1;
    private static final int GONE = -1;

    private final MergeTable table;
    private final int[] symbols;
    private final int[] next;
    private final int[] previous;
    private long[] queue; // a heap of rank << 32 | position
    private int queued;

    private BpeMerger(MergeTable table, int[] symbols) {
        this.table = table;
        this.symbols = symbols;
        this.next = new int[symbols.length];
        this.previous = new int[symbols.length];
        this.queue = new long[Math.max(symbols.length, 4)];
    }

    /** The symbols that remain of {@code word}. */
    static int[] merged(int[] word, MergeTable table) {
        return word.length < 2 ? word : new BpeMerger(table, word.clone()).merge();
    }

    private int[] merge() {
        for (int i = 0; i < symbols.length; i++) {
            previous[i] = i - 1;
            next[i] = i + 1 < symbols.length ? i + 1 : END;
        }
        for (int i = 0; i + 1 < symbols.length; i++) {
            offer(i);
        }
        while (queued > 0) {
            long best = take();
            int place = (int) best;
            int pair = pair(place);
            if (pair != MergeTable.NONE && table.rank(pair) == (int) (best >>> 32)) { // else it changed since
                join(place, table.result(pair));
            }
        }
        int left = 0;
        for (int i = 0; i != END; i = next[i]) {
            symbols[left++] = symbols[i];
        }
        return Arrays.copyOf(symbols, left);
    }

    private int pair(int place) {
        return symbols[place] == GONE || next[place] == END ? MergeTable.NONE : table.find(symbols[place], symbols[next[place]]);
    }

    private void join(int place, int result) {
        int joined = next[place];
        symbols[place] = result;
        symbols[joined] = GONE;
        next[place] = next[joined];
        if (next[place] != END) {
            previous[next[place]] = place;
        }
        offer(place);
        if (previous[place] >= 0) {
            offer(previous[place]);
        }
    }

    private void offer(int place) {
        int pair = pair(place);
        if (pair == MergeTable.NONE) {
            return;
        }
        if (queued == queue.length) {
            queue = Arrays.copyOf(queue, queued + (queued >> 1));
        }
        long entry = (long) table.rank(pair) << 32 | place;
        int at = queued++;
        while (at > 0 && queue[(at - 1) >> 1] > entry) {
            queue[at] = queue[(at - 1) >> 1];
            at = (at - 1) >> 1;
        }
        queue[at] = entry;
    }

    private long take() {
        long best = queue[0];
        long last = queue[--queued];
        int at = 0;
        while (2 * at + 1 < queued) {
            int child = 2 * at + 1;
            child += child + 1 < queued && queue[child + 1] < queue[child] ? 1 : 0;
            if (queue[child] >= last) {
                break;
            }
            queue[at] = queue[child];
            at = child;
        }
        queue[at] = last;
        return best;
    }
}

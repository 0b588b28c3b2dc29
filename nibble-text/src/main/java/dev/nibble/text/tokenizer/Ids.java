package dev.nibble.text.tokenizer;

import java.util.Arrays;

/** A growable list of token ids. */
final class Ids {
    private int[] values;
    private int size;

    Ids() {
        this(16);
    }

    Ids(int capacity) {
        values = new int[Math.max(capacity, 1)];
    }

    void add(int value) {
        if (size == values.length) {
            values = Arrays.copyOf(values, Math.toIntExact(Math.min(2L * size, Integer.MAX_VALUE - 8L)));
        }
        values[size++] = value;
    }

    int size() {
        return size;
    }

    void truncate(int length) {
        size = length;
    }

    int[] toArray() {
        return Arrays.copyOf(values, size);
    }
}

package dev.nibble.text.sampling;

import java.util.Arrays;

/** The tokens of prompt and answer so far, oldest first. */
final class TokenHistory {
    private int[] tokens = new int[256];
    private int size;

    void add(int token) {
        if (size == tokens.length) {
            tokens = Arrays.copyOf(tokens, 2 * size);
        }
        tokens[size++] = token;
    }

    int size() {
        return size;
    }

    int token(int index) {
        return tokens[index];
    }
}

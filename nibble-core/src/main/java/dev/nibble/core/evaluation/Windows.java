package dev.nibble.core.evaluation;

import java.util.List;

/**
 * Windows of a text, each run from an empty cache. In every window the tokens from {@code firstScored} on are scored, given the tokens
 * before them.
 *
 * @param context maximum tokens per window
 * @param firstScored position of the first scored token; at least 1, because nothing predicts token 0
 */
public record Windows(int context, int firstScored, List<int[]> tokens) {
    public Windows {
        tokens = List.copyOf(tokens);
        if (firstScored < 1 || tokens.isEmpty()) {
            throw new IllegalArgumentException(tokens.size() + " windows, scored from position " + firstScored + " on");
        }
        for (int[] window : tokens) {
            if (window.length > context || window.length <= firstScored) {
                throw new IllegalArgumentException(
                        "a window of " + window.length + " tokens, expected " + (firstScored + 1) + " to " + context);
            }
        }
    }

    public int count() {
        return tokens.size();
    }

    /** Scored tokens in one window. */
    public int scored(int window) {
        return tokens.get(window).length - firstScored;
    }

    /** Scored tokens in all windows. */
    public long scored() {
        return tokens.stream().mapToLong(window -> window.length - firstScored).sum();
    }

    /** Tokens computed in all windows: all but the last of each. */
    public long computed() {
        return tokens.stream().mapToLong(window -> window.length - 1).sum();
    }
}

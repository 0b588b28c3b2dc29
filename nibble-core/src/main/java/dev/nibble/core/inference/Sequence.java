package dev.nibble.core.inference;

import dev.nibble.core.model.KvCache;
import java.util.Arrays;

/** The tokens of a text and what the model remembers of them. */
final class Sequence implements AutoCloseable {
    private final KvCache cache;
    private int[] tokens;

    Sequence(KvCache cache) {
        this.cache = cache;
        this.tokens = new int[0];
    }

    KvCache cache() {
        return cache;
    }

    /** Tokens that the cache has. */
    int length() {
        return cache.length();
    }

    /** Notes what the cache was just given. */
    void computed(int[] more) {
        int from = cache.length() - more.length;
        if (tokens.length < cache.length()) {
            tokens = Arrays.copyOf(tokens, Math.max(cache.length(), 2 * tokens.length));
        }
        System.arraycopy(more, 0, tokens, from, more.length);
    }

    /** How many tokens at the start of {@code text} the cache knows. */
    int common(int[] text) {
        int mismatch = Arrays.mismatch(tokens, 0, cache.length(), text, 0, text.length);
        return mismatch < 0 ? text.length : mismatch;
    }

    @Override
    public void close() {
        cache.close();
    }
}

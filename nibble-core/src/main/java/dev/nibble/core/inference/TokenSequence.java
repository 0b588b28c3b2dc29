package dev.nibble.core.inference;

import dev.nibble.core.model.KvCache;
import java.util.Arrays;

/** Tokens of a text and their KV cache. */
final class TokenSequence implements AutoCloseable {
    private final KvCache cache;
    private int[] tokens;

    TokenSequence(KvCache cache) {
        this.cache = cache;
        this.tokens = new int[0];
    }

    KvCache cache() {
        return cache;
    }

    /** Number of cached tokens. */
    int length() {
        return cache.length();
    }

    /** Records tokens just added to the cache. */
    void computed(int[] more) {
        int from = cache.length() - more.length;
        if (tokens.length < cache.length()) {
            tokens = Arrays.copyOf(tokens, Math.max(cache.length(), 2 * tokens.length));
        }
        System.arraycopy(more, 0, tokens, from, more.length);
    }

    /** Length of the cached prefix of {@code text}. */
    int commonPrefix(int[] text) {
        int mismatch = Arrays.mismatch(tokens, 0, cache.length(), text, 0, text.length);
        return mismatch < 0 ? text.length : mismatch;
    }

    @Override
    public void close() {
        cache.close();
    }
}

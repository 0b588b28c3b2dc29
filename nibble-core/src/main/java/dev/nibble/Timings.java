package dev.nibble;

/**
 * Where the time of an answer went.
 *
 * @param promptTokens    of the prompt
 * @param cachedTokens    of them, those that were still known from an answer before
 * @param generatedTokens of the answer
 * @param promptNanos     from the start of the prompt to the first token
 * @param generateNanos   from the first token to the last
 */
public record Timings(int promptTokens, int cachedTokens, int generatedTokens, long promptNanos, long generateNanos) {
    private static final double NANOS = 1e9;

    /** Tokens of the prompt per second, those that were known left out. */
    public double promptTokensPerSecond() {
        return promptNanos == 0 ? 0 : (promptTokens - cachedTokens) * NANOS / promptNanos;
    }

    /** Tokens of the answer per second; the first one belongs to the prompt. */
    public double generatedTokensPerSecond() {
        return generateNanos == 0 ? 0 : (generatedTokens - 1) * NANOS / generateNanos;
    }
}

package dev.nibble;

/**
 * Tokens and times of an answer.
 *
 * @param promptTokens tokens of the prompt
 * @param cachedTokens tokens of the prompt found in the prefix cache
 * @param generatedTokens tokens of the answer
 * @param promptNanos time from the start of the prompt to the first token
 * @param generateNanos time from the first token to the last
 */
public record Timings(int promptTokens, int cachedTokens, int generatedTokens, long promptNanos, long generateNanos) {
    private static final double NANOS = 1e9;

    /** Prompt tokens per second, cached ones excluded. */
    public double promptTokensPerSecond() {
        return promptNanos == 0 ? 0 : (promptTokens - cachedTokens) * NANOS / promptNanos;
    }

    /** Generated tokens per second; the first one counts towards the prompt. */
    public double generatedTokensPerSecond() {
        return generateNanos == 0 ? 0 : (generatedTokens - 1) * NANOS / generateNanos;
    }
}

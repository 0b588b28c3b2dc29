package dev.nibble.core.model;

/**
 * Selects the rotary embedding of a sequence: LongRoPE models have one for short and one for long contexts, all others a single one.
 *
 * @param shortContext for sequences with a cache of at most {@code threshold} positions
 * @param longContext  for sequences with a larger cache
 * @param threshold    original context length
 */
public record RopeVariants(RotaryEmbedding shortContext, RotaryEmbedding longContext, int threshold) {
    public RopeVariants(RotaryEmbedding only) {
        this(only, only, Integer.MAX_VALUE);
    }

    /** The rotary embedding for a row of a batch. */
    RotaryEmbedding of(Batch batch, int row) {
        return shortContext == longContext || cache(batch, row).capacity() <= threshold ? shortContext : longContext;
    }

    private static KvCache cache(Batch batch, int row) {
        int rest = row;
        for (Batch.Run run : batch.runs()) {
            if (rest < run.tokens().length) {
                return run.cache();
            }
            rest -= run.tokens().length;
        }
        throw new IllegalArgumentException("no row " + row + " in a batch of " + (row - rest) + " rows");
    }
}

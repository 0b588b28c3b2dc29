package dev.nibble.core.model;


/**
 * Which rotary embedding a sequence is turned by. A model that was stretched by one set of frequencies per length (LongRoPE) has two; all
 * others have one.
 *
 * @param byDefault    for sequences whose cache has at most {@code threshold} positions
 * @param longContext   for those whose cache has more
 * @param threshold positions of the original context
 */
public record RopeVariants(RotaryEmbedding shortContext, RotaryEmbedding longContext, int threshold) {
    public RopeVariants(RotaryEmbedding only) {
        this(only, only, Integer.MAX_VALUE);
    }

    /** The one for a row of a batch. */
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

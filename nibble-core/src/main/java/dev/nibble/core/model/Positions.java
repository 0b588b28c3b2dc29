package dev.nibble.core.model;


/**
 * Which rotary embedding a sequence is turned by. A model that was stretched by one set of frequencies per length (LongRoPE) has two; all
 * others have one.
 *
 * @param usual    for sequences whose cache has at most {@code longFrom} positions
 * @param longer   for those whose cache has more
 * @param longFrom positions of the original context
 */
public record Positions(RotaryEmbedding usual, RotaryEmbedding longer, int longFrom) {
    public Positions(RotaryEmbedding only) {
        this(only, only, Integer.MAX_VALUE);
    }

    /** The one for a row of a batch. */
    RotaryEmbedding of(Batch batch, int row) {
        return usual == longer || cache(batch, row).capacity() <= longFrom ? usual : longer;
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

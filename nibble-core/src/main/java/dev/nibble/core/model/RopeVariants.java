package dev.nibble.core.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * Selects the rotary embedding of a sequence: LongRoPE models have one for short and one for long contexts, dynamic scaling one for every
 * context length over the trained one, all others a single one.
 *
 * @param shortContext for sequences with a cache of at most {@code threshold} positions
 * @param longContext  for sequences with a larger cache, by its positions
 * @param threshold    original context length
 */
public record RopeVariants(RotaryEmbedding shortContext, IntFunction<RotaryEmbedding> longContext, int threshold) {
    private static final int KEPT = 8;

    public RopeVariants(RotaryEmbedding only) {
        this(only, capacity -> only, Integer.MAX_VALUE);
    }

    public RopeVariants(RotaryEmbedding shortContext, RotaryEmbedding longContext, int threshold) {
        this(shortContext, capacity -> longContext, threshold);
    }

    /** Variants that are computed for every context length over the threshold; the last few are kept. */
    public static RopeVariants stretching(RotaryEmbedding shortContext, int threshold, IntFunction<RotaryEmbedding> stretched) {
        Map<Integer, RotaryEmbedding> kept = Collections.synchronizedMap(new LinkedHashMap<>(KEPT, 1, true) {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Integer, RotaryEmbedding> eldest) {
                return size() > KEPT;
            }
        });
        return new RopeVariants(shortContext, capacity -> kept.computeIfAbsent(capacity, stretched::apply), threshold);
    }

    /** The rotary embedding for a row of a batch. */
    RotaryEmbedding of(Batch batch, int row) {
        if (threshold == Integer.MAX_VALUE) {
            return shortContext;
        }
        int capacity = cache(batch, row).capacity();
        return capacity <= threshold ? shortContext : longContext.apply(capacity);
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

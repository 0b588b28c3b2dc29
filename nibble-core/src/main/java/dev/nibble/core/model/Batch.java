package dev.nibble.core.model;

import java.util.List;
import java.util.stream.IntStream;

/** Tokens computed together: runs of tokens, each continuing its own sequence. The rows of a batch are its runs in order. */
public record Batch(List<Run> runs) {
    /**
     * New tokens of one sequence.
     *
     * @param cache keys and values of the preceding tokens
     */
    public record Run(KvCache cache, int[] tokens) {}

    public Batch {
        runs = List.copyOf(runs);
        if (runs.stream().map(Run::cache).distinct().count() != runs.size()) {
            throw new IllegalArgumentException("two runs of a batch continue the same sequence");
        }
    }

    public static Batch of(KvCache cache, int... tokens) {
        return new Batch(List.of(new Run(cache, tokens)));
    }

    public int rows() {
        return runs.stream().mapToInt(run -> run.tokens().length).sum();
    }

    /** All tokens, row by row. */
    int[] tokens() {
        return runs.stream().flatMapToInt(run -> IntStream.of(run.tokens())).toArray();
    }

    /** The position of every row in its sequence. */
    int[] positions() {
        return runs.stream().flatMapToInt(run -> IntStream.range(run.cache().length(), run.cache().length() + run.tokens().length))
                .toArray();
    }
}

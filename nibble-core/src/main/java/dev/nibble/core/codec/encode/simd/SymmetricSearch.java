package dev.nibble.core.codec.encode.simd;

/** A search for the scales of a row's groups with symmetric codes, one group per lane. */
interface SymmetricSearch {
    /** Allocates the results of {@code groups} groups. */
    void begin(int groups);

    /**
     * Searches one group per lane and stores the scales from index {@code group} on.
     *
     * @param x       numbers, interleaved by {@link GroupLanes#load}
     * @param weights likewise
     */
    void search(float[] x, float[] weights, float[] scales, int group);

    /** Writes the codes that the search chose for a group. */
    void codes(float[] numbers, int from, int group, CodeBuffer codes, int at);
}

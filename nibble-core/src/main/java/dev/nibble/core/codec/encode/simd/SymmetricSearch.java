package dev.nibble.core.codec.encode.simd;

/** A search for the scales of a row's groups of numbers around zero, a group in each lane. */
interface SymmetricSearch {
    /** Makes room for the results of so many groups. */
    void begin(int groups);

    /**
     * Searches one group for each lane and puts the scales at index {@code group}.
     *
     * @param x       numbers, as {@link GroupLanes#load} puts them
     * @param weights likewise
     */
    void search(float[] x, float[] weights, float[] scales, int group);

    /** Gives a group the codes that its search chose. */
    void codes(float[] numbers, int from, int group, CodeBuffer codes, int at);
}

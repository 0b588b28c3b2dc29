package dev.nibble.text.tokenizer;

/** Lookup of merges: the symbol two symbols become, and the rank of the merge. Thread-safe once built. */
interface Pairs {
    int NONE = -1;

    /** A number for the pair that {@link #rank} and {@link #result} take, or {@link #NONE} if the two do not join. */
    int find(int left, int right);

    /** The least joins first. */
    int rank(int pair);

    int result(int pair);
}

package dev.nibble.text.tokenizer;

/** Lookup of merges: the symbol two symbols become, and the rank of the merge. Thread-safe once built. */
interface MergeTable {
    int NONE = -1;

    /** Index of the pair for {@link #rank} and {@link #result}, or {@link #NONE} if the two do not merge. */
    int find(int left, int right);

    /** Rank of a merge; the lowest is merged first. */
    int rank(int pair);

    int result(int pair);
}

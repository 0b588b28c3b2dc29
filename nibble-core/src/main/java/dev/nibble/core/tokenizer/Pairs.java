package dev.nibble.core.tokenizer;

/** Which two symbols join, into which third, and how early. Thread-safe once it is made. */
interface Pairs {
    int NONE = -1;

    /** A number for the pair that {@link #rank} and {@link #result} take, or {@link #NONE} if the two do not join. */
    int find(int left, int right);

    /** The least joins first. */
    int rank(int pair);

    int result(int pair);
}

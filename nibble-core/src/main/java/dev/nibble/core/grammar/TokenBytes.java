package dev.nibble.core.grammar;

/** A vocabulary as a grammar sees it: what every token adds to the text, in UTF-8. */
public interface TokenBytes {
    /** Tokens in the vocabulary. */
    int size();

    /** What the token adds, perhaps a part of a character; empty for a control token, which no grammar ever allows. */
    byte[] bytes(int id);

    /** Whether the token ends the answer: allowed where the grammar may end, and nowhere else. */
    boolean endOfGeneration(int id);
}

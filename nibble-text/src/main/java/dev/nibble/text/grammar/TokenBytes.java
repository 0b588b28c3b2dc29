package dev.nibble.text.grammar;

/** View of a vocabulary for grammars: the UTF-8 bytes that each token adds to the text. */
public interface TokenBytes {
    /** Returns the number of tokens in the vocabulary. */
    int size();

    /** Returns the bytes the token adds, possibly a part of a character; empty for a control token, which no grammar allows. */
    byte[] bytes(int id);

    /** Returns whether the token ends the answer: allowed where the grammar may end, and nowhere else. */
    boolean endOfGeneration(int id);
}

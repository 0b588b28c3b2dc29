package dev.nibble.text.tokenizer;

/** Ordinary text to ids: one way of one kind of vocabulary. Knows nothing of control tokens. */
interface Segmenter {
    /**
     * Adds the ids of a stretch of text.
     *
     * @param first whether the whole text begins here; else an added token stands before
     */
    void encode(String text, boolean first, Ids ids);
}

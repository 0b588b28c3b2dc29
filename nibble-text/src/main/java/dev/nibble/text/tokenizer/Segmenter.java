package dev.nibble.text.tokenizer;

/** Encodes ordinary text, without control tokens, for one kind of vocabulary. */
interface Segmenter {
    /**
     * Adds the ids of a stretch of text.
     *
     * @param first whether the whole text begins here; otherwise an added token precedes
     */
    void encode(String text, boolean first, Ids ids);
}

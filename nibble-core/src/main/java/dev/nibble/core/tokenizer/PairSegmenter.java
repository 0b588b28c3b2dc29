package dev.nibble.core.tokenizer;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Byte-pair encoding: text is cut into words, every word into characters, and these merge by a table. A symbol is a token's
 * id, or {@code size + code point} for a character that is no token.
 *
 * @param size       number of tokens
 * @param splitter   cuts into words
 * @param pieces     what was learned, by spelling
 * @param pairs      which symbols join
 * @param wholeWords whether words that are tokens are looked up before merging
 * @param byteIds    by byte, the tokens that spell characters which are no tokens; empty where there are none
 * @param unknown    what stands for runs of such characters otherwise; without it they are dropped
 */
record PairSegmenter(int size, Splitter splitter, Map<String, Integer> pieces, PairTable pairs,
        boolean wholeWords, List<Integer> byteIds, OptionalInt unknown) implements Segmenter {

    @Override
    public void encode(String text, boolean first, Ids ids) {
        splitter.split(text, first, word -> encode(word, ids));
    }

    private void encode(String word, Ids ids) {
        Integer whole = wholeWords ? pieces.get(word) : null;
        if (whole != null) {
            ids.add(whole);
            return;
        }
        boolean afterUnknown = false;
        for (int symbol : PairMerging.merged(symbols(word), pairs)) {
            if (symbol < size) {
                ids.add(symbol);
                afterUnknown = false;
            } else if (!byteIds.isEmpty()) {
                for (byte b : Spelling.utf8(Character.toString(symbol - size))) {
                    ids.add(byteIds.get(b & 0xFF));
                }
            } else if (unknown.isPresent() && !afterUnknown) {
                ids.add(unknown.getAsInt());
                afterUnknown = true;
            }
        }
    }

    private int[] symbols(String word) {
        Ids symbols = new Ids(word.length());
        for (int i = 0; i < word.length();) {
            int c = word.codePointAt(i);
            symbols.add(symbol(c, pieces, size));
            i += Character.charCount(c);
        }
        return symbols.toArray();
    }

    static int symbol(int codePoint, Map<String, Integer> pieces, int size) {
        return pieces.getOrDefault(Character.toString(codePoint), size + codePoint);
    }
}

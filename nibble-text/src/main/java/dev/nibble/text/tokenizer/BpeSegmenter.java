package dev.nibble.text.tokenizer;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Byte-pair encoding: text is split into words and these into characters, which are merged by a table. A symbol is a token's id, or
 * {@code size + code point} for a character without a token.
 */
final class BpeSegmenter implements Segmenter {
    private static final int REMEMBERED_WORDS = 1 << 16;
    private static final int LONGEST_REMEMBERED = 64;

    private final int size;
    private final Splitter splitter;
    private final Map<String, Integer> pieces;
    private final MergeTable pairs;
    private final boolean wholeWords;
    private final List<Integer> byteIds;
    private final OptionalInt unknown;

    /**
     * @param size       number of tokens
     * @param splitter   splits text into words
     * @param pieces     token ids by their text
     * @param pairs      the merges
     * @param wholeWords whether words that are tokens are looked up before merging
     * @param byteIds    byte tokens, which spell characters without a token; empty if there are none
     * @param unknown    id for a run of such characters otherwise; if empty, they are dropped
     */
    BpeSegmenter(int size, Splitter splitter, Map<String, Integer> pieces, MergeTable pairs, boolean wholeWords, List<Integer> byteIds,
            OptionalInt unknown) {
        this.size = size;
        this.splitter = splitter;
        this.pieces = pieces;
        this.pairs = pairs;
        this.wholeWords = wholeWords;
        this.byteIds = byteIds;
        this.unknown = unknown;
    }

    @Override
    public void encode(String text, boolean first, Ids ids) {
        Map<String, int[]> seen = new HashMap<>();
        splitter.split(text, first, word -> {
            int[] known = seen.get(word);
            if (known == null) {
                known = encode(word);
                if (word.length() <= LONGEST_REMEMBERED && seen.size() < REMEMBERED_WORDS) {
                    seen.put(word, known);
                }
            }
            for (int id : known) {
                ids.add(id);
            }
        });
    }

    private int[] encode(String word) {
        Integer whole = wholeWords ? pieces.get(word) : null;
        if (whole != null) {
            return new int[]{whole};
        }
        int[] symbols = symbols(word);
        Ids ids = new Ids(symbols.length / 2);
        boolean afterUnknown = false;
        for (int symbol : BpeMerger.merged(symbols, pairs)) {
            afterUnknown = add(symbol, afterUnknown, ids);
        }
        return ids.toArray();
    }

    /** Adds the ids of a symbol; returns whether it was unknown. */
    private boolean add(int symbol, boolean afterUnknown, Ids ids) {
        if (symbol < size) {
            ids.add(symbol);
            return false;
        }
        if (!byteIds.isEmpty()) {
            for (byte b : Spelling.utf8(Character.toString(symbol - size))) {
                ids.add(byteIds.get(b & 0xFF));
            }
            return false;
        }
        if (unknown.isPresent() && !afterUnknown) {
            ids.add(unknown.getAsInt());
        }
        return true;
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

package dev.nibble.text.tokenizer;

import dev.nibble.text.tokenizer.GgufVocabulary.Token;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Merges of SentencePiece: any two symbols that together spell a piece, best score first. Found by spelling, so no table is built before
 * the first text. A pair's index is its piece's id.
 */
final class ScoredPairs implements MergeTable {
    private final List<Token> tokens;
    private final Map<String, Integer> pieces;
    private final int[] ranks;

    ScoredPairs(List<Token> tokens, Map<String, Integer> pieces) {
        this.tokens = tokens;
        this.pieces = pieces;
        float[] order = new float[tokens.size()];
        for (int id = 0; id < order.length; id++) {
            order[id] = tokens.get(id).score();
        }
        float[] scores = order.clone();
        Arrays.sort(order);
        this.ranks = new int[scores.length];
        for (int id = 0; id < scores.length; id++) {
            ranks[id] = order.length - 1 - Arrays.binarySearch(order, scores[id]); // the same for equal scores
        }
    }

    @Override
    public int find(int left, int right) {
        return pieces.getOrDefault(text(left) + text(right), NONE);
    }

    private String text(int symbol) {
        return symbol < tokens.size() ? tokens.get(symbol).text() : Character.toString(symbol - tokens.size());
    }

    @Override
    public int rank(int pair) {
        return ranks[pair];
    }

    @Override
    public int result(int pair) {
        return pair;
    }
}

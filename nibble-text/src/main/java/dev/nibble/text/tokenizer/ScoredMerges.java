package dev.nibble.text.tokenizer;

import dev.nibble.text.tokenizer.GgufVocabulary.Token;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Merges with which BPE chooses as SentencePiece does by scores: every split of a piece into two pieces, best score of the result first,
 * then by the ids of the parts.
 */
final class ScoredMerges {
    private record Scored(List<String> pair, float score, int left, int right) {}

    private ScoredMerges() {}

    static List<List<String>> of(GgufVocabulary vocabulary) {
        Map<String, Integer> ids = new HashMap<>();
        for (int id = 0; id < vocabulary.tokens().size(); id++) {
            if (vocabulary.tokens().get(id).type() == TokenType.NORMAL) {
                ids.putIfAbsent(vocabulary.tokens().get(id).text(), id);
            }
        }
        List<Scored> merges = new ArrayList<>();
        for (Token token : vocabulary.tokens()) {
            if (token.type() == TokenType.NORMAL && !token.text().isEmpty()) {
                addSplits(token, ids, merges);
            }
        }
        merges.sort(Comparator.comparingDouble((Scored merge) -> -merge.score()).thenComparingInt(Scored::left)
                .thenComparingInt(Scored::right));
        return merges.stream().map(Scored::pair).toList();
    }

    private static void addSplits(Token token, Map<String, Integer> ids, List<Scored> merges) {
        String text = token.text();
        for (int i = text.offsetByCodePoints(0, 1); i < text.length(); i = text.offsetByCodePoints(i, 1)) {
            Integer left = ids.get(text.substring(0, i));
            Integer right = ids.get(text.substring(i));
            if (left != null && right != null) {
                merges.add(new Scored(List.of(text.substring(0, i), text.substring(i)), token.score(), left, right));
            }
        }
    }
}

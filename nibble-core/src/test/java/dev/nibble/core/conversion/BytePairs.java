package dev.nibble.core.conversion;

import dev.nibble.text.tokenizer.GgufVocabulary;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A simple byte-level BPE: merges the best pair until none is left. */
final class BytePairs {
    private final Map<String, Integer> ids = new HashMap<>();
    private final Map<String, Integer> ranks = new HashMap<>();
    private final Pattern words;

    /** @param numbers the part of the pattern that matches digits */
    BytePairs(GgufVocabulary vocabulary, String numbers) {
        for (int id = 0; id < vocabulary.tokens().size(); id++) {
            ids.put(vocabulary.tokens().get(id).text(), id);
        }
        vocabulary.merges().forEach(merge -> ranks.put(merge, ranks.size()));
        words = Pattern.compile("(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|" + numbers
                + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+", Pattern.UNICODE_CHARACTER_CLASS);
    }

    private static String spelled(String word) {
        StringBuilder spelled = new StringBuilder();
        for (byte b : word.getBytes(StandardCharsets.UTF_8)) {
            int c = b & 0xFF;
            int above = c <= ' ' ? c : c >= 0x7F && c <= 0xA0 ? c - 0x7F + 33 : c == 0xAD ? 67 : -1; // place among bytes without a glyph
            spelled.append((char) (above < 0 ? c : 256 + above));
        }
        return spelled.toString();
    }

    List<Integer> encode(String text) {
        List<Integer> encoded = new ArrayList<>();
        for (Matcher word = words.matcher(text); word.find();) {
            String spelled = spelled(word.group());
            if (ids.containsKey(spelled)) {
                encoded.add(ids.get(spelled));
            } else {
                parts(spelled).forEach(part -> encoded.add(ids.get(part)));
            }
        }
        return encoded;
    }

    private List<String> parts(String word) {
        List<String> parts = new ArrayList<>(word.chars().mapToObj(c -> String.valueOf((char) c)).toList());
        while (true) {
            int best = -1;
            int bestRank = Integer.MAX_VALUE;
            for (int i = 0; i + 1 < parts.size(); i++) {
                int rank = ranks.getOrDefault(parts.get(i) + " " + parts.get(i + 1), Integer.MAX_VALUE);
                if (rank < bestRank) {
                    best = i;
                    bestRank = rank;
                }
            }
            if (best < 0) {
                return parts;
            }
            parts.set(best, parts.get(best) + parts.get(best + 1));
            parts.remove(/* index */ best + 1);
        }
    }
}

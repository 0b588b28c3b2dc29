package dev.nibble.text.tokenizer;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;

/** Tokens matched literally in the text before any merging; the longest match wins. */
final class AddedTokens {
    /**
     * One added token.
     *
     * @param control    whether it is matched only where control tokens are parsed
     * @param singleWord whether it is matched only where no letter or digit touches it
     * @param leftStrip  whether it absorbs the white space before it
     * @param rightStrip whether it absorbs the white space after it
     */
    record Added(String text, int id, boolean control, boolean singleWord, boolean leftStrip, boolean rightStrip) {
        Added(String text, int id, boolean control) {
            this(text, id, control, false, false, false);
        }
    }

    /** Receives the text between added tokens. */
    interface Text {
        /** @param first whether the text begins here */
        void accept(String part, boolean first);
    }

    private final Map<Character, List<Added>> byFirst = new HashMap<>();

    AddedTokens(List<Added> tokens) {
        for (Added token : tokens) {
            if (!token.text().isEmpty()) {
                byFirst.computeIfAbsent(token.text().charAt(0), first -> new ArrayList<>()).add(token);
            }
        }
        byFirst.values().forEach(list -> list.sort(Comparator.comparingInt((Added token) -> -token.text().length())));
    }

    /** Splits a text into added tokens and the text between them, reported in order. */
    void split(String text, boolean first, boolean withControl, IntConsumer tokens, Text parts) {
        int start = 0; // of the text not reported yet
        for (int i = 0; i < text.length();) {
            Optional<Added> found = at(text, i, withControl);
            if (found.isEmpty()) {
                i++;
                continue;
            }
            Added token = found.get();
            int from = i;
            while (token.leftStrip() && from > start && Character.isWhitespace(text.charAt(from - 1))) {
                from--;
            }
            if (from > start) {
                parts.accept(text.substring(start, from), first && start == 0);
            }
            tokens.accept(token.id());
            i += token.text().length();
            while (token.rightStrip() && i < text.length() && Character.isWhitespace(text.charAt(i))) {
                i++;
            }
            start = i;
        }
        if (start < text.length()) {
            parts.accept(text.substring(start), first && start == 0);
        }
    }

    private Optional<Added> at(String text, int place, boolean withControl) {
        List<Added> candidates = byFirst.get(text.charAt(place));
        if (candidates != null) {
            for (Added token : candidates) {
                if ((withControl || !token.control()) && text.startsWith(token.text(), place)
                        && (!token.singleWord() || isAlone(text, place, place + token.text().length()))) {
                    return Optional.of(token);
                }
            }
        }
        return Optional.empty();
    }

    private static boolean isAlone(String text, int start, int end) {
        return (start == 0 || !isWord(text.codePointBefore(start))) && (end == text.length() || !isWord(text.codePointAt(end)));
    }

    private static boolean isWord(int codePoint) {
        return Character.isLetterOrDigit(codePoint) || codePoint == '_';
    }
}

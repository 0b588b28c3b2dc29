package dev.nibble.text.tokenizer;

import java.text.Normalizer;
import java.util.Map;

/**
 * WordPiece: text is split into words, punctuation marks and Chinese characters, and each of them into the longest pieces from the left, or
 * one unknown token if that fails (Wu et al., 2016).
 *
 * @param pieces    learned tokens, by spelling
 * @param begins    prefix of a piece's spelling at the start of a word
 * @param continues prefix within a word
 * @param unknown   id for words that cannot be split into pieces
 */
record WordPieceSegmenter(Map<String, Integer> pieces, String begins, String continues, int unknown) implements Segmenter {
    private static final int LONGEST_PIECE = 8192;

    /** Lower case without accents: the normalizer of uncased models. */
    static String lowered(String text) {
        String decomposed = Normalizer.normalize(text, Normalizer.Form.NFD);
        StringBuilder lowered = new StringBuilder();
        decomposed.codePoints().filter(c -> Character.getType(c) != Character.NON_SPACING_MARK).map(Character::toLowerCase)
                .forEach(lowered::appendCodePoint);
        return lowered.toString();
    }

    @Override
    public void encode(String text, boolean first, Ids ids) {
        StringBuilder word = new StringBuilder();
        for (int i = 0; i < text.length();) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            boolean alone = isPunctuation(c) || isChinese(c);
            if (isSpace(c) || alone) {
                word(word.toString(), ids);
                word.setLength(0);
            }
            if (alone) {
                word(Character.toString(c), ids);
            } else if (!isSpace(c) && !isIgnored(c)) {
                word.appendCodePoint(c);
            }
        }
        word(word.toString(), ids);
    }

    private void word(String word, Ids ids) {
        int start = ids.size();
        for (int i = 0; i < word.length();) {
            String prefix = i == 0 ? begins : continues;
            int end = Math.min(word.length(), i + LONGEST_PIECE);
            while (end > i && !pieces.containsKey(prefix + word.substring(i, end))) {
                end--;
            }
            if (end == i) {
                ids.truncate(start);
                ids.add(unknown);
                return;
            }
            ids.add(pieces.get(prefix + word.substring(i, end)));
            i = end;
        }
    }

    private static boolean isSpace(int c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c);
    }

    private static boolean isIgnored(int c) {
        return c == 0xFFFD || Character.getType(c) == Character.CONTROL || Character.getType(c) == Character.FORMAT;
    }

    private static boolean isPunctuation(int c) {
        if (c < 0x7F) {
            return c > ' ' && !Character.isLetterOrDigit(c);
        }
        return switch (Character.getType(c)) {
            case Character.CONNECTOR_PUNCTUATION, Character.DASH_PUNCTUATION, Character.START_PUNCTUATION, Character.END_PUNCTUATION,
                    Character.INITIAL_QUOTE_PUNCTUATION, Character.FINAL_QUOTE_PUNCTUATION, Character.OTHER_PUNCTUATION ->
                true;
            default -> false;
        };
    }

    private static boolean isChinese(int c) {
        return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x2A6DF)
                || (c >= 0x2A700 && c <= 0x2B73F) || (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF)
                || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
    }
}

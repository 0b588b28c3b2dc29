package dev.nibble.text.tokenizer;

import dev.nibble.error.MalformedFileException;
import dev.nibble.text.tokenizer.GgufVocabulary.Token;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Validation of the vocabulary of a GGUF file before it is run or copied: errors are refused, oddities reported. */
public final class VocabularyCheck {
    private static final String PREFIX = "tokenizer.ggml.";
    private static final int LONGEST_TOKEN = 8192; // UTF-8 bytes
    static final int LONGEST_TEMPLATE = 1 << 20; // characters
    private static final int MAX_MERGES = 1 << 22;
    private static final Pattern BYTE = Pattern.compile("<0x[0-9A-F]{2}>");

    private final GgufVocabulary vocabulary;
    private final Path file;
    private final List<String> warnings = new ArrayList<>();
    private final Map<String, Integer> ids;

    private VocabularyCheck(GgufVocabulary vocabulary, Path file) {
        this.vocabulary = vocabulary;
        this.file = file;
        this.ids = HashMap.newHashMap(vocabulary.tokens().size());
    }

    /**
     * Returns warnings of oddities, one line each.
     *
     * @throws MalformedFileException for tokens of impossible length or score, byte tokens of no byte, merges of no pieces, and the like
     */
    public static List<String> check(GgufVocabulary vocabulary, Path file) {
        VocabularyCheck check = new VocabularyCheck(vocabulary, file);
        check.tokens();
        check.bytes();
        check.merges();
        check.charsMap();
        vocabulary.chatTemplates().forEach((name, source) -> {
            if (source.length() > LONGEST_TEMPLATE) {
                check.warnings.add("chat template " + MalformedFileException.printable(name) + " has " + source.length()
                        + " characters, the limit is " + LONGEST_TEMPLATE + ": it is not used");
            }
        });
        return List.copyOf(check.warnings);
    }

    private void tokens() {
        int twice = 0;
        String example = "";
        for (int id = 0; id < vocabulary.tokens().size(); id++) {
            Token token = vocabulary.tokens().get(id);
            if (token.text().length() > LONGEST_TOKEN / 3 && Spelling.utf8(token.text()).length > LONGEST_TOKEN) { // at most 3 bytes each
                throw wrong("tokens", "token " + id + " has more than " + LONGEST_TOKEN + " bytes");
            }
            if (Float.isNaN(token.score())) {
                throw wrong("scores", "the score of token " + id + " is NaN");
            }
            Integer other = ids.putIfAbsent(token.text(), id);
            if (other != null && token.type() != TokenType.UNUSED) {
                twice++;
                example = "tokens " + other + " and " + id + " are both \"" + MalformedFileException.printable(token.text()) + "\"";
            }
        }
        if (twice > 0) {
            warnings.add(twice + " tokens are spelled like another one, so no text becomes them: " + example);
        }
    }

    /** Requires one token for each byte if there are byte tokens at all; otherwise some texts have no tokens. */
    private void bytes() {
        int[] found = new int[256];
        int count = 0;
        for (int id = 0; id < vocabulary.tokens().size(); id++) {
            Token token = vocabulary.tokens().get(id);
            if (token.type() != TokenType.BYTE) {
                continue;
            }
            if (!BYTE.matcher(token.text()).matches()) {
                throw wrong("tokens", "token " + id + " is a byte token called \"" + MalformedFileException.printable(token.text())
                        + "\"; expected <0x00> to <0xFF>");
            }
            int b = Integer.parseInt(token.text().substring(3, 5), 16);
            if (found[b]++ > 0) {
                throw wrong("tokens", "token " + id + " is a second token of byte " + token.text());
            }
            count++;
        }
        for (int b = 0; count > 0 && b < found.length; b++) {
            if (found[b] == 0) {
                throw wrong("tokens", String.format("there are tokens for %d of 256 bytes, but none called <0x%02X>", count, b));
            }
        }
    }

    private void merges() {
        if (vocabulary.merges().size() > MAX_MERGES) {
            throw wrong("merges", vocabulary.merges().size() + " entries, the limit is " + MAX_MERGES);
        }
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < vocabulary.merges().size(); i++) {
            String merge = vocabulary.merges().get(i);
            int space = merge.indexOf(' ', 1);
            if (space < 0 || space == merge.length() - 1 || merge.indexOf(' ', space + 1) >= 0) {
                throw wrong("merges", "entry " + i + " is \"" + MalformedFileException.printable(merge)
                        + "\"; expected two pieces with one space between");
            }
            for (String piece : List.of(merge.substring(0, space), merge.substring(space + 1), merge.replace(" ", ""))) {
                if (!ids.containsKey(piece)) {
                    throw wrong("merges", "entry " + i + ": \"" + MalformedFileException.printable(piece) + "\" is not among the tokens");
                }
            }
            if (!seen.add(merge)) {
                throw wrong("merges", "entry " + i + ": \"" + MalformedFileException.printable(merge) + "\" is a duplicate");
            }
        }
    }

    /** SentencePiece's normalizer: the length of a table of 32-bit values, the table, and texts that end in zeros. */
    private void charsMap() {
        List<Long> map = vocabulary.charsMap();
        if (map.isEmpty()) {
            return;
        }
        long table = 0;
        for (int i = 0; i < Math.min(4, map.size()); i++) {
            table |= (map.get(i) & 0xFF) << (8 * i);
        }
        if (map.size() < 4 || table % 4 != 0 || table > map.size() - 4) {
            throw wrong("precompiled_charsmap", "a table of " + table + " bytes in an array of " + map.size());
        }
        if (table < map.size() - 4 && map.getLast() != 0) {
            throw wrong("precompiled_charsmap", "the last text is not terminated");
        }
    }

    private MalformedFileException wrong(String key, String reason) {
        return new MalformedFileException("GGUF_VOCABULARY", file, -1, PREFIX + key, reason);
    }
}

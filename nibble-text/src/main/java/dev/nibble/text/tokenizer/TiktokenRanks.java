package dev.nibble.text.tokenizer;

import dev.nibble.error.MalformedFileException;
import dev.nibble.text.tokenizer.GgufVocabulary.Token;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A tiktoken file, as of Llama 3 and Qwen: one token per line, base64 of its bytes and its rank, which is also its id. The merges of BPE
 * follow from the ranks: the last merge of a token joins the two parts that the merges of lower rank leave.
 */
final class TiktokenRanks {
    private static final long MAX_BYTES = 256L << 20;
    private static final int LONGEST_TOKEN = 8192;

    private final List<byte[]> tokens;
    private final Map<String, Integer> ranks; // by the token's bytes as ISO-8859-1

    private TiktokenRanks(List<byte[]> tokens, Map<String, Integer> ranks) {
        this.tokens = tokens;
        this.ranks = ranks;
    }

    /** Returns whether this is a tiktoken file; SentencePiece models have the same name. */
    static boolean recognizes(Path file) throws IOException {
        byte[] start = new byte[64];
        try (var in = Files.newInputStream(file)) {
            int count = in.readNBytes(start, 0, start.length);
            return new String(start, 0, count, StandardCharsets.ISO_8859_1).matches("(?s)[A-Za-z0-9+/]+=* \\d+\\R.*");
        }
    }

    static TiktokenRanks read(Path file) throws IOException {
        if (Files.size(file) > MAX_BYTES) {
            throw new MalformedFileException("TIKTOKEN", file, -1, "", "more than " + MAX_BYTES + " bytes");
        }
        List<byte[]> tokens = new ArrayList<>();
        Map<String, Integer> ranks = new HashMap<>();
        for (String line : new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).lines().toList()) {
            if (line.isEmpty()) {
                continue;
            }
            byte[] token = token(file, line, tokens.size());
            if (ranks.put(new String(token, StandardCharsets.ISO_8859_1), tokens.size()) != null) {
                throw wrong(file, tokens.size(), "a duplicate token");
            }
            tokens.add(token);
        }
        for (int b = 0; b < 256; b++) {
            if (!ranks.containsKey(String.valueOf((char) b))) {
                throw wrong(file, tokens.size(), "byte " + b + " has no token of its own");
            }
        }
        return new TiktokenRanks(tokens, ranks);
    }

    private static byte[] token(Path file, String line, int rank) {
        int space = line.indexOf(' ');
        if (space < 0 || !line.substring(space + 1).equals(Integer.toString(rank))) {
            throw wrong(file, rank, "expected base64, a space and the rank " + rank);
        }
        byte[] token;
        try {
            token = Base64.getDecoder().decode(line.substring(0, space));
        } catch (IllegalArgumentException e) {
            throw wrong(file, rank, e.getMessage());
        }
        if (token.length == 0 || token.length > LONGEST_TOKEN) {
            throw wrong(file, rank, "a token of " + token.length + " bytes");
        }
        return token;
    }

    private static MalformedFileException wrong(Path file, int rank, String reason) {
        return new MalformedFileException("TIKTOKEN", file, -1, "", "line " + (rank + 1) + ": " + reason);
    }

    List<Token> tokens() {
        return tokens.stream().map(token -> new Token(ByteLevel.spell(token), 0, TokenType.NORMAL)).toList();
    }

    /** One merge per token of two or more bytes, by rank. Tokens that no merge makes are left out: they match only as whole words. */
    List<String> merges() {
        List<String> merges = new ArrayList<>();
        for (int rank = 0; rank < tokens.size(); rank++) {
            byte[] token = tokens.get(rank);
            if (token.length > 1) {
                int split = lastSplit(token, rank);
                if (split > 0) {
                    String spelled = ByteLevel.spell(token);
                    merges.add(spelled.substring(0, split) + " " + spelled.substring(split));
                }
            }
        }
        return merges;
    }

    /** Returns the boundary of the two parts left by merges of lower rank; 0 if more than two are left. */
    private int lastSplit(byte[] token, int rank) {
        String text = new String(token, StandardCharsets.ISO_8859_1);
        List<Integer> ends = new ArrayList<>(); // of the parts, in bytes
        for (int i = 1; i <= token.length; i++) {
            ends.add(i);
        }
        while (ends.size() > 2) {
            int best = -1;
            int bestRank = rank;
            int start = 0;
            for (int i = 0; i + 1 < ends.size(); i++) {
                int joined = ranks.getOrDefault(text.substring(start, ends.get(i + 1)), Integer.MAX_VALUE);
                if (joined < bestRank) {
                    best = i;
                    bestRank = joined;
                }
                start = ends.get(i);
            }
            if (best < 0) {
                return 0;
            }
            ends.remove(/* index */ best);
        }
        return ends.getFirst();
    }
}

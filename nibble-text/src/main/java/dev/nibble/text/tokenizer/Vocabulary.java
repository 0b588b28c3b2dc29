package dev.nibble.text.tokenizer;

import dev.nibble.text.json.Json;
import dev.nibble.text.tokenizer.GgufVocabulary.Token;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/** The tokens of a tokenizer being read: learned and added ones by id. */
final class Vocabulary {
    static final int MAX_TOKENS = 1 << 24;
    /** Number of rows for a vocabulary without a model: as many as the highest id needs. */
    static final int AS_MANY_AS_THERE_ARE = MAX_TOKENS;
    private static final int LONGEST_TOKEN = 8192;
    private static final int MAX_GAPS = 4;
    /** Tokens that some files forget to mark as special. */
    private static final Set<String> SPECIAL = Set.of("<pad>", "<mask>", "<2mass>", "[@BOS@]");

    record Added(String text, boolean special) {}

    private final TreeMap<Integer, String> texts = new TreeMap<>();
    private final Map<String, Integer> ids = new HashMap<>();
    private final Map<Integer, Added> added = new TreeMap<>();
    private final int rows;
    private final Map<String, Integer> beyond = new TreeMap<>();
    private Optional<Consumer<String>> replaced = Optional.empty();

    /** @param rows number of rows of the model's embedding, above every id; or {@link #AS_MANY_AS_THERE_ARE} */
    Vocabulary(int rows) {
        this.rows = rows;
    }

    /** Lets added tokens take the ids of others, as models do with SentencePiece's reserved pieces; warns of each. */
    void allowReplacing(Consumer<String> warnings) {
        replaced = Optional.of(warnings);
    }

    /** Adds the learned tokens of an object that maps texts to ids. */
    void learn(Json vocab) {
        Map<String, Json> members = vocab.members();
        members.forEach((text, id) -> {
            int number = id.whole(0, MAX_TOKENS - 1);
            checkLength(text, id);
            if (number >= rows) {
                throw id.wrong("token id " + number + " is outside the model's embedding of " + rows + " rows");
            }
            String other = texts.putIfAbsent(number, text);
            if (other != null) {
                throw id.wrong("id " + number + " is also that of " + other);
            }
            ids.put(text, number);
        });
        int highest = texts.isEmpty() ? 0 : texts.lastKey();
        if (highest >= (long) MAX_GAPS * Math.max(members.size(), 1)) {
            throw vocab.wrong("ids up to " + highest + " for " + members.size() + " tokens");
        }
    }

    void learn(int id, String text) {
        texts.put(id, text);
        ids.put(text, id);
    }

    /** Added tokens that were left out because the model's embedding has no row for them, with their ids. */
    Map<String, Integer> beyond() {
        return beyond;
    }

    /** Adds an added token, unless the embedding has no row for it; errors name {@code place}. */
    void add(int id, String text, boolean special, Json place) {
        checkLength(text, place);
        if (id >= rows) {
            beyond.put(text, id);
            return;
        }
        String other = texts.get(id);
        if (other != null && !other.equals(text)) {
            String complaint = "id " + id + " is " + other + " in the vocabulary and " + text + " here";
            replaced.orElseThrow(() -> place.wrong(complaint)).accept(place.file().getFileName() + ": " + complaint);
            ids.remove(other, id);
        }
        Integer otherId = ids.putIfAbsent(text, id);
        if (otherId != null && otherId != id) {
            throw place.wrong(text + " has the ids " + otherId + " and " + id);
        }
        texts.put(id, text);
        added.put(id, new Added(text, special));
    }

    private static void checkLength(String text, Json place) {
        if (text.getBytes(StandardCharsets.UTF_8).length > LONGEST_TOKEN) {
            throw place.wrong("a token of more than " + LONGEST_TOKEN + " bytes");
        }
    }

    boolean has(String text) {
        return ids.containsKey(text);
    }

    Map<String, Integer> ids() {
        return ids;
    }

    int size() {
        return texts.size();
    }

    Map<Integer, String> texts() {
        return texts;
    }

    Map<Integer, Added> added() {
        return added;
    }

    int rows() {
        return rows < AS_MANY_AS_THERE_ARE ? rows : texts.isEmpty() ? 0 : texts.lastKey() + 1;
    }

    TokenType type(int id) {
        Added token = added.get(id);
        if (token == null) {
            return TokenType.NORMAL;
        }
        return token.special() || looksSpecial(token.text()) ? TokenType.CONTROL : TokenType.USER_DEFINED;
    }

    static boolean looksSpecial(String text) {
        return SPECIAL.contains(text) || (text.startsWith("<|") && text.endsWith("|>")) || (text.startsWith("<｜") && text.endsWith("｜>"))
                || (text.startsWith("<unused") && text.endsWith(">"));
    }

    /** Spelling of a token; user-defined ones are matched before spaces become ▁. */
    static String spelled(String text, TokenType type) {
        return type == TokenType.USER_DEFINED ? text.replace('▁', ' ') : text;
    }

    /** Padding for an id without a token. */
    static Token unused(int id, float score) {
        return new Token("[PAD" + id + "]", score, TokenType.UNUSED);
    }

    /** All tokens by id, gaps filled. */
    List<Token> byteLevelTokens() {
        List<Token> tokens = new ArrayList<>(rows());
        for (int id = 0; id < rows(); id++) {
            String text = texts.get(id);
            TokenType type = type(id);
            tokens.add(text == null ? unused(id, 0) : new Token(spelled(text, type), 0, type));
        }
        return tokens;
    }
}

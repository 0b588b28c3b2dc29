package dev.nibble.text.tokenizer;

import dev.nibble.error.UnsupportedException;
import dev.nibble.text.json.Json;
import dev.nibble.text.tokenizer.GgufVocabulary.Token;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** A {@code tokenizer.json} with a BPE model: byte-level, SentencePiece-like, or of single characters. */
final class TokenizerJson {
    private static final Json.Limits LIMITS = new Json.Limits("TOKENIZER", 256L << 20, 64, 16 << 20);
    private static final float ADDED = -1000; // llama.cpp's score of added tokens
    private static final float UNUSED = -10_000;

    private final Json file;
    private final Json model;
    private final Consumer<String> warnings;

    private TokenizerJson(Json file, Consumer<String> warnings) {
        this.file = file;
        this.model = file.require("model");
        this.warnings = warnings;
    }

    static TokenizerJson read(Path path, Consumer<String> warnings) throws IOException {
        TokenizerJson tokenizer = new TokenizerJson(Json.read(path, LIMITS), warnings);
        String type = tokenizer.model.get("type").map(Json::string).orElse("BPE");
        if (!type.equals("BPE")) {
            throw new UnsupportedException(path + ": /model/type is " + type + ", which is not supported; there are BPE and"
                    + " SentencePiece's tokenizer.model");
        }
        for (String affix : List.of("continuing_subword_prefix", "end_of_word_suffix")) {
            if (tokenizer.model.get(affix).map(Json::string).filter(text -> !text.isEmpty()).isPresent()) {
                throw new UnsupportedException(path + ": /model/" + affix + "  cannot be expressed in GGUF; it must be absent or empty");
            }
        }
        return tokenizer;
    }

    Json file() {
        return file;
    }

    boolean isByteLevel() {
        return PreTokenizers.isByteLevel(file);
    }

    Vocabulary vocabulary(int rows) {
        Vocabulary vocabulary = new Vocabulary(rows);
        vocabulary.learn(model.require("vocab"));
        addTokens(vocabulary);
        return vocabulary;
    }

    /** Adds those of {@code added_tokens} that {@code vocabulary} lacks. */
    void addTokens(Vocabulary vocabulary) {
        file.get("added_tokens").map(Json::elements).orElse(List.of()).forEach(token -> {
            int id = token.require("id").whole(0, Vocabulary.MAX_TOKENS - 1);
            vocabulary.add(id, token.require("content").string(), token.get("special").map(Json::bool).orElse(false), token);
        });
    }

    Merges merges(Vocabulary vocabulary) {
        return Merges.read(model.require("merges"), vocabulary);
    }

    String pre(boolean cleans) {
        Optional<String> name = PreTokenizers.name(file, cleans);
        if (name.isEmpty()) {
            warnings.accept("llama.cpp has no name for this pre-tokenizer: tokenizer.ggml.pre is \"default\", and some texts"
                    + " get other tokens");
        }
        return name.orElse(PreTokenizers.UNKNOWN);
    }

    /** Warns of bytes without a byte-level token; in Falcon they are control characters. */
    void checkAlphabet(Vocabulary vocabulary) {
        long missing = IntStream.range(0, 256).filter(b -> !vocabulary.has(String.valueOf(ByteLevel.character((byte) b)))).count();
        if (missing > 0) {
            warnings.accept(missing + " of 256 bytes have no token: texts with them cannot be encoded");
        }
    }

    boolean escapesSpaces() {
        return mentions("normalizer", "Replace") || mentions("pre_tokenizer", "Metaspace");
    }

    boolean prefixesSpace() {
        boolean metaspace = mentions("pre_tokenizer", "Metaspace")
                && !file.require("pre_tokenizer").toString().contains("\"prepend_scheme\":\"never\"");
        return metaspace || mentions("normalizer", "Prepend");
    }

    private boolean mentions(String part, String type) {
        return file.get(part).map(p -> mentions(p, type)).orElse(false);
    }

    private static boolean mentions(Json part, String type) {
        String name = part.require("type").string();
        return name.equals(type) || (name.equals("Sequence") && part.get("normalizers").or(() -> part.get("pretokenizers"))
                .map(Json::elements).orElse(List.of()).stream().anyMatch(p -> mentions(p, type)));
    }

    /** A vocabulary of single characters, without merges and without any splitting. */
    boolean isCharacters() {
        return !file.has("normalizer") && !file.has("pre_tokenizer") && model.require("merges").elements().isEmpty();
    }

    /** SentencePiece tokens, with scores that reproduce the order of the merges. */
    List<Token> scoredTokens(Vocabulary vocabulary, Merges merges) {
        checkBytes(vocabulary);
        boolean characters = isCharacters();
        Map<String, Integer> places = places(vocabulary, merges);
        int learned = model.require("vocab").members().size();
        List<Token> tokens = new ArrayList<>(vocabulary.rows());
        for (int id = 0; id < vocabulary.rows(); id++) {
            String text = vocabulary.texts().get(id);
            if (text == null) {
                tokens.add(Vocabulary.unused(id, UNUSED));
                continue;
            }
            TokenType type = type(vocabulary, id);
            String spelled = characters && type == TokenType.NORMAL ? text.replace(' ', '▁') : Vocabulary.spelled(text, type);
            tokens.add(new Token(spelled, type == TokenType.NORMAL ? -places.get(text) : id < learned ? 0 : ADDED, type));
        }
        return tokens;
    }

    TokenType type(Vocabulary vocabulary, int id) {
        String text = vocabulary.texts().get(id);
        if (model.get("unk_token").map(Json::string).filter(text::equals).isPresent()) {
            return TokenType.UNKNOWN;
        }
        boolean bytes = model.get("byte_fallback").map(Json::bool).orElse(false);
        return bytes && isByte(text) ? TokenType.BYTE : vocabulary.type(id);
    }

    private static boolean isByte(String text) {
        return text.matches("<0x[0-9A-F]{2}>");
    }

    private void checkBytes(Vocabulary vocabulary) {
        long bytes = vocabulary.texts().values().stream().filter(TokenizerJson::isByte).count();
        if (model.get("byte_fallback").map(Json::bool).orElse(false) && bytes != 256) {
            if (bytes > 0) {
                throw model.require("byte_fallback").wrong(bytes + " of 256 byte tokens");
            }
            warnings.accept("byte_fallback is true, but there are no byte tokens: characters without a token have no spelling");
        }
    }

    /** Rank of every learned token: results of merges by their first merge, then all others by id. */
    private Map<String, Integer> places(Vocabulary vocabulary, Merges merges) {
        Map<String, Integer> places = new HashMap<>();
        for (Merges.Pair pair : merges.pairs()) {
            places.putIfAbsent(pair.result(), places.size());
        }
        warnOfOtherSplits(vocabulary, merges, places.keySet());
        if (isCharacters()) {
            vocabulary.ids().keySet().forEach(text -> places.put(text, 0));
        }
        vocabulary.texts().forEach((id, text) -> {
            if (type(vocabulary, id) == TokenType.NORMAL) {
                places.putIfAbsent(text, places.size());
            }
        });
        return places;
    }

    /** Warns of merges that SentencePiece would apply, since two pieces spell a piece, but the tokenizer does not list. */
    private void warnOfOtherSplits(Vocabulary vocabulary, Merges merges, Set<String> made) {
        Set<Merges.Pair> known = new HashSet<>(merges.pairs());
        long others = 0;
        for (String piece : made) {
            for (int i = piece.offsetByCodePoints(0, 1); i < piece.length(); i = piece.offsetByCodePoints(i, 1)) {
                Merges.Pair pair = new Merges.Pair(piece.substring(0, i), piece.substring(i));
                if (Merges.problem(pair, vocabulary).isEmpty() && !known.contains(pair)) {
                    others++;
                }
            }
        }
        if (others > 0) {
            warnings.accept(others + " ways to join two tokens into a third are not among the merges, and readers of GGUF use them:"
                    + " some texts get other tokens");
        }
    }
}

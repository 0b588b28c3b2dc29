package dev.nibble.text.tokenizer;

import dev.nibble.error.UnsupportedException;
import dev.nibble.text.tokenizer.GgufVocabulary.Token;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** Builds a tokenizer from a GGUF vocabulary, with the ids of llama.cpp. */
final class GgufTokenizer {
    private static final String WORD_PIECES = "bert";
    private static final AddedTokens NO_ADDED = new AddedTokens(List.of());

    private final GgufVocabulary vocabulary;
    private final Path file;
    private final List<Token> tokens;
    private final Map<String, Integer> pieces;

    private GgufTokenizer(GgufVocabulary vocabulary, Path file) {
        this.vocabulary = vocabulary;
        this.file = file;
        this.tokens = withMarkers(vocabulary);
        this.pieces = HashMap.newHashMap(tokens.size());
        for (int id = 0; id < tokens.size(); id++) {
            if (tokens.get(id).type() == TokenType.NORMAL) {
                pieces.putIfAbsent(tokens.get(id).text(), id);
            }
        }
    }

    /**
     * The tokens, with control tokens for the markers of texts and turns whatever type the file gives them: typed text must never become
     * one. Files of 2024 and before call them user-defined.
     */
    private static List<Token> withMarkers(GgufVocabulary vocabulary) {
        Set<Integer> ends = new LinkedHashSet<>();
        List.of("bos", "eos", "eot", "eom").forEach(role -> Optional.ofNullable(vocabulary.specialIds().get(role)).ifPresent(ends::add));
        List<Token> tokens = new ArrayList<>(vocabulary.tokens());
        for (int id = 0; id < tokens.size(); id++) {
            Token token = tokens.get(id);
            if ((token.type() == TokenType.USER_DEFINED || token.type() == TokenType.NORMAL)
                    && (ends.contains(id) || EndNames.isMarker(token.text()))) {
                tokens.set(id, new Token(token.text(), token.score(), TokenType.CONTROL));
            }
        }
        return List.copyOf(tokens);
    }

    static Tokenizer of(GgufVocabulary vocabulary, Path file) {
        GgufTokenizer tokenizer = new GgufTokenizer(vocabulary, file);
        return switch (vocabulary.model()) {
            case GgufVocabulary.SENTENCE_PIECE -> tokenizer.sentencePiece();
            case GgufVocabulary.BYTE_LEVEL -> tokenizer.byteLevel();
            case WORD_PIECES -> tokenizer.wordPieces();
            case GgufVocabulary.NONE, "none" -> throw new UnsupportedException(file + ": has no vocabulary, so no text can be tokenized");
            default -> throw new UnsupportedException(file + ": no vocabulary kind " + vocabulary.model()
                    + "; there are llama (SentencePiece), gpt2 (byte-level BPE) and bert (WordPiece)");
        };
    }

    private Tokenizer sentencePiece() {
        boolean prefixed = vocabulary.flags().getOrDefault("add_space_prefix", true);
        UnaryOperator<String> normalizer = text -> (prefixed ? "▁" : "") + text.replace(' ', '▁');
        Segmenter segmenter = new BpeSegmenter(tokens.size(), Splitter.chain(List.of()), pieces, new ScoredPairs(tokens, pieces), false,
                byteIds(tokens),
                unknown());
        return tokenizer(Spelling.ESCAPED_SPACES, prefixed, normalizer, segmenter, true, false);
    }

    private OptionalInt unknown() {
        Integer id = vocabulary.specialIds().get("unk");
        return id != null
                ? OptionalInt.of(id)
                : IntStream.range(0, tokens.size()).filter(i -> tokens.get(i).type() == TokenType.UNKNOWN).findFirst();
    }

    /** Ids of the 256 byte tokens; empty unless all exist. */
    static List<Integer> byteIds(List<Token> tokens) {
        int[] ids = new int[256];
        Arrays.fill(ids, -1);
        for (int id = 0; id < tokens.size(); id++) {
            if (tokens.get(id).type() == TokenType.BYTE) {
                ids[Integer.parseInt(tokens.get(id).text().substring(3, 5), 16)] = id;
            }
        }
        return IntStream.of(ids).allMatch(id -> id >= 0) ? IntStream.of(ids).boxed().toList() : List.of();
    }

    private Tokenizer byteLevel() {
        String pre = vocabulary.pre().orElse(PreTokenizers.UNKNOWN);
        Splitter splitter = SplitPatterns.named(pre, file)
                .orElseThrow(() -> new UnsupportedException(file + ": tokenizer.ggml.pre is " + pre + "; there are "
                        + String.join(", ", SplitPatterns.names().stream().sorted().toList())));
        HashedMergeTable pairs = new HashedMergeTable(vocabulary.merges().size());
        for (int rank = 0; rank < vocabulary.merges().size(); rank++) {
            String merge = vocabulary.merges().get(rank);
            int space = merge.indexOf(' ', 1);
            Integer left = pieces.get(merge.substring(0, Math.max(space, 0)));
            Integer right = pieces.get(merge.substring(space + 1));
            Integer result = pieces.get(merge.substring(0, Math.max(space, 0)) + merge.substring(space + 1));
            if (left != null && right != null && result != null) {
                pairs.put(left, right, rank, result);
            }
        }
        Segmenter segmenter = new BpeSegmenter(tokens.size(), splitter, pieces, pairs, SplitPatterns.looksUpWords(pre), List.of(),
                OptionalInt.empty());
        return tokenizer(Spelling.BYTE_LEVEL, false, UnaryOperator.identity(), segmenter, SplitPatterns.addsBegin(pre), false);
    }

    private Tokenizer wordPieces() {
        int unknown = unknown().orElseThrow(() -> new UnsupportedException(file + ": WordPiece without an unknown token"));
        Segmenter segmenter = new WordPieceSegmenter(pieces, "▁", "", unknown);
        return tokenizer(Spelling.ESCAPED_SPACES, true, WordPieceSegmenter::lowered, segmenter, true, true);
    }

    private Tokenizer tokenizer(Spelling spelling, boolean dropsFirstSpace, UnaryOperator<String> normalizer, Segmenter segmenter,
            boolean addsBos, boolean addsEos) {
        List<AddedTokens.Added> added = new ArrayList<>();
        for (int id = 0; id < tokens.size(); id++) {
            TokenType type = tokens.get(id).type();
            if (type == TokenType.CONTROL || type == TokenType.USER_DEFINED || type == TokenType.UNKNOWN) {
                added.add(new AddedTokens.Added(tokens.get(id).text(), id, type != TokenType.USER_DEFINED));
            }
        }
        Map<String, Integer> ids = vocabulary.specialIds();
        Optional<Integer> begin = Optional.ofNullable(ids.get("bos")).or(() -> Optional.ofNullable(ids.get("cls")));
        Optional<Integer> end = Optional.ofNullable(ids.get(addsEos ? "sep" : "eos")).or(() -> Optional.ofNullable(ids.get("eos")));
        boolean bos = begin.isPresent() && vocabulary.flags().getOrDefault("add_bos_token", addsBos);
        boolean eos = end.isPresent() && vocabulary.flags().getOrDefault("add_eos_token", addsEos);
        SpecialTokens special = new SpecialTokens(optional(ids.get("bos")), optional(ids.get("eos")), ends(tokens, ids), bos, eos);
        return new VocabularyTokenizer(new VocabularyTokenizer.Parts(tokens, spelling, dropsFirstSpace, new AddedTokens(added), normalizer,
                NO_ADDED, segmenter, bos ? List.of(begin.get()) : List.of(), eos ? List.of(end.get()) : List.of(), special,
                Optional.ofNullable(vocabulary.chatTemplates().get("default"))
                        .filter(template -> template.length() <= VocabularyCheck.LONGEST_TEMPLATE)));
    }

    static OptionalInt optional(Integer id) {
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    /** The ids that end generation: by role, and by the names that llama.cpp treats as ends. */
    static Set<Integer> ends(List<Token> tokens, Map<String, Integer> roles) {
        Set<Integer> ends = new LinkedHashSet<>();
        List.of("eos", "eot", "eom").forEach(role -> Optional.ofNullable(roles.get(role)).ifPresent(ends::add));
        Map<String, Integer> named = new HashMap<>();
        for (int id = 0; id < tokens.size(); id++) {
            if (EndNames.ALL.contains(tokens.get(id).text()) && tokens.get(id).type() != TokenType.UNUSED) {
                named.putIfAbsent(tokens.get(id).text(), id);
            }
        }
        if (named.keySet().containsAll(EndNames.OF_CHANNELS)) {
            named.remove(EndNames.OF_MESSAGE);
        }
        ends.addAll(named.values());
        return ends;
    }
}

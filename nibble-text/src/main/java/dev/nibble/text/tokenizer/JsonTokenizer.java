package dev.nibble.text.tokenizer;

import dev.nibble.error.UnsupportedException;
import dev.nibble.text.json.Json;
import dev.nibble.text.tokenizer.GgufVocabulary.Token;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** Runs a tokenizer.json with a BPE model, step by step. */
final class JsonTokenizer {
    private static final Set<String> QUIET_DECODERS = Set.of("Fuse", "ByteFallback", "Strip");

    private final TokenizerJson tokenizer;
    private final Json file;
    private final Json model;
    private final Vocabulary vocabulary;
    private final TokenizerSettings settings;
    private final List<Token> tokens;
    private final Map<String, Integer> pieces = new HashMap<>();
    private Spelling spelling = Spelling.PLAIN;
    private boolean dropsFirstSpace;

    private JsonTokenizer(TokenizerJson tokenizer, int rows, TokenizerSettings settings) throws IOException {
        this.tokenizer = tokenizer;
        this.file = tokenizer.file();
        this.model = file.require("model");
        this.settings = settings;
        this.vocabulary = tokenizer.vocabulary(rows);
        settings.addTokens(vocabulary);
        settings.warnBeyond(vocabulary);
        this.tokens = IntStream.range(0, vocabulary.rows()).mapToObj(this::token).toList();
        for (int id = 0; id < tokens.size(); id++) {
            if (tokens.get(id).type() == TokenType.NORMAL) {
                pieces.put(tokens.get(id).text(), id);
            }
        }
    }

    /** @param rows number of rows of the model's embedding, or {@link Vocabulary#AS_MANY_AS_THERE_ARE} */
    static Tokenizer open(Path path, int rows, TokenizerSettings settings, Consumer<String> warnings) throws IOException {
        return new JsonTokenizer(TokenizerJson.read(path, warnings), rows, settings).tokenizer();
    }

    private Token token(int id) {
        String text = vocabulary.texts().get(id);
        return text == null ? Vocabulary.unused(id, 0) : new Token(text, 0, tokenizer.type(vocabulary, id));
    }

    private Tokenizer tokenizer() throws IOException {
        model.get("dropout").filter(dropout -> dropout.real(0, 1) > 0).ifPresent(dropout -> {
            throw new UnsupportedException(file.file() + ": /model/dropout makes the tokens random; it must be null or 0");
        });
        readDecoder();
        UnaryOperator<String> normalizer = JsonNormalizer.of(file.get("normalizer"));
        Map<String, Integer> roles = settings.specialIds(vocabulary);
        List<Integer> before = new ArrayList<>();
        List<Integer> after = new ArrayList<>();
        file.get("post_processor").ifPresent(processor -> readAround(processor, before, after));
        settings.adjust("bos", before, roles);
        settings.adjust("eos", after, roles);
        Set<Integer> ends = GgufTokenizer.ends(tokens, roles);
        ends.addAll(settings.stops(vocabulary));
        SpecialTokens special = new SpecialTokens(GgufTokenizer.optional(roles.get("bos")), GgufTokenizer.optional(roles.get("eos")), ends,
                !before.isEmpty(), !after.isEmpty());
        return new VocabularyTokenizer(
                new VocabularyTokenizer.Parts(tokens, spelling, dropsFirstSpace, added(false, normalizer), normalizer,
                        added(true, normalizer), segmenter(), List.copyOf(before), List.copyOf(after), special,
                        Optional.ofNullable(settings.chatTemplates().get("default"))));
    }

    private Segmenter segmenter() {
        Merges merges = tokenizer.merges(vocabulary);
        HashedMergeTable pairs = new HashedMergeTable(merges.pairs().size());
        for (int rank = 0; rank < merges.pairs().size(); rank++) {
            Merges.Pair pair = merges.pairs().get(rank);
            Integer result = pieces.get(pair.result()); // none for a control token, which no text may become
            if (result != null && pieces.containsKey(pair.left()) && pieces.containsKey(pair.right())) {
                pairs.put(pieces.get(pair.left()), pieces.get(pair.right()), rank, result);
            }
        }
        OptionalInt unknown = GgufTokenizer.optional(model.get("unk_token").map(Json::string).map(vocabulary.ids()::get).orElse(null));
        boolean wholeWords = model.get("ignore_merges").map(Json::bool).orElse(false);
        return new BpeSegmenter(tokens.size(), JsonSplitter.of(file.file(), file.get("pre_tokenizer")), pieces, pairs, wholeWords,
                GgufTokenizer.byteIds(tokens), unknown);
    }

    private AddedTokens added(boolean normalized, UnaryOperator<String> normalizer) {
        List<AddedTokens.Added> added = new ArrayList<>();
        Map<Integer, Json> described = new HashMap<>();
        file.get("added_tokens").map(Json::elements).orElse(List.of())
                .forEach(token -> described.put(token.require("id").whole(0, Vocabulary.MAX_TOKENS - 1), token));
        vocabulary.added().forEach((id, token) -> {
            Optional<Json> facts = Optional.ofNullable(described.get(id));
            if (flag(facts, "normalized") == normalized) {
                String text = normalized ? normalizer.apply(token.text()) : token.text();
                added.add(new AddedTokens.Added(text, id, tokens.get(id).type() != TokenType.USER_DEFINED, flag(facts, "single_word"),
                        flag(facts, "lstrip"), flag(facts, "rstrip")));
            }
        });
        return new AddedTokens(added);
    }

    private static boolean flag(Optional<Json> facts, String name) {
        return facts.flatMap(f -> f.get(name)).map(Json::bool).orElse(false);
    }

    /** Reads the decoder, which converts pieces to text. */
    private void readDecoder() {
        file.get("decoder").ifPresent(this::readDecoder);
        if (tokenizer.isByteLevel()) {
            spelling = Spelling.BYTE_LEVEL;
        }
    }

    private void readDecoder(Json decoder) {
        String type = decoder.require("type").string();
        if (type.equals("Sequence")) {
            decoder.require("decoders").elements().forEach(this::readDecoder);
        } else if (type.equals("ByteLevel")) {
            spelling = Spelling.BYTE_LEVEL;
        } else if (type.equals("Metaspace")) {
            spelling = Spelling.ESCAPED_SPACES;
            dropsFirstSpace = tokenizer.prefixesSpace();
        } else if (type.equals("Replace") && decoder.require("pattern").get("String").map(Json::string).orElse("").equals("▁")
                && decoder.require("content").string().equals(" ")) {
            spelling = Spelling.ESCAPED_SPACES;
        } else if (!QUIET_DECODERS.contains(type)) {
            throw new UnsupportedException(file.file() + ": " + decoder.pointer() + ": no decoder " + type + "; there are ByteLevel,"
                    + " Metaspace, Replace of ▁ by a space, ByteFallback, Fuse, Strip and Sequence");
        }
        if (type.equals("Strip")) {
            dropsFirstSpace = decoder.get("start").map(start -> start.whole(0, 1) == 1).orElse(false);
        }
    }

    /** Reads the tokens that the post-processor adds around a single text. */
    private void readAround(Json processor, List<Integer> before, List<Integer> after) {
        String type = processor.require("type").string();
        switch (type) {
            case "ByteLevel" -> {
            } // changes offsets only
            case "Sequence" -> processor.require("processors").elements().forEach(part -> readAround(part, before, after));
            case "TemplateProcessing" -> {
                boolean behind = false;
                for (Json part : processor.require("single").elements()) {
                    behind |= part.has("Sequence");
                    if (part.has("SpecialToken")) {
                        (behind ? after : before).addAll(ids(part.require("SpecialToken").require("id"), processor));
                    }
                }
            }
            case "BertProcessing", "RobertaProcessing" -> {
                before.add(processor.require("cls").elements().get(1).whole(0, tokens.size() - 1));
                after.add(processor.require("sep").elements().get(1).whole(0, tokens.size() - 1));
            }
            default -> throw new UnsupportedException(file.file() + ": " + processor.pointer() + ": no post-processor " + type
                    + "; there are ByteLevel, TemplateProcessing, BertProcessing, RobertaProcessing and Sequence");
        }
    }

    private List<Integer> ids(Json name, Json processor) {
        Json described = processor.require("special_tokens").get(name.string())
                .orElseThrow(() -> name.wrong("\"" + name.string() + "\" is not among the special_tokens"));
        return described.require("ids").elements().stream().map(id -> id.whole(0, tokens.size() - 1)).toList();
    }
}

package dev.nibble.text.tokenizer;

import dev.nibble.error.MalformedFileException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A tokenizer as GGUF describes it.
 *
 * @param model         {@code gpt2} for byte-level BPE, {@code llama} for SentencePiece BPE, {@code t5} for its unigrams,
 *                      {@code no_vocab} for none
 * @param pre           llama.cpp's name of the pre-tokenizer; empty where the file has none
 * @param tokens        by id
 * @param merges        of byte-level BPE, best first, two pieces separated by a space
 * @param specialIds    role ({@code bos}, {@code eos}, {@code unk} …) to id
 * @param flags         {@code add_bos_token} and other booleans, by the last part of the key
 * @param chatTemplates name to Jinja source; the one for ordinary chats is {@code default}
 * @param charsMap      SentencePiece's precompiled normalizer, for unigrams; empty where there is none
 */
public record GgufVocabulary(String model, Optional<String> pre, List<Token> tokens, List<String> merges, Map<String, Integer> specialIds,
        Map<String, Boolean> flags, Map<String, String> chatTemplates, List<Long> charsMap) {
    /** One token. @param score its log probability, or the negated rank of its merge */
    public record Token(String text, float score, TokenType type) {}

    static final String NONE = "no_vocab";
    static final String BYTE_LEVEL = "gpt2";
    static final String SENTENCE_PIECE = "llama";
    static final String UNIGRAM = "t5";

    private static final String PREFIX = "tokenizer.ggml.";
    private static final String TEMPLATE = "tokenizer.chat_template";
    private static final String DEFAULT = "default";
    private static final Map<String, String> ROLE_KEYS = roleKeys();
    /** The ids that llama.cpp takes where a file does not say them, by kind of vocabulary. */
    private static final Map<String, Map<String, Integer>> ASSUMED_IDS = Map.of(SENTENCE_PIECE, Map.of("bos", 1, "eos", 2, "unk", 0),
            "bert", Map.of("cls", 101, "sep", 102, "unk", 100, "mask", 103, "pad", 0));
    private static final List<String> FLAGS = List.of("add_bos_token", "add_eos_token", "add_sep_token", "add_space_prefix",
            "remove_extra_whitespaces");
    private static final Set<String> MARKERS = Set.of("<s>", "</s>", "<unk>", "<bos>", "<eos>", "[CLS]", "[SEP]", "[UNK]", "[MASK]",
            "[PAD]");

    private static final Set<String> UNKNOWN = Set.of("<unk>", "[UNK]");

    public GgufVocabulary {
        tokens = List.copyOf(tokens);
        merges = List.copyOf(merges);
        specialIds = Collections.unmodifiableMap(new LinkedHashMap<>(specialIds));
        flags = Collections.unmodifiableMap(new LinkedHashMap<>(flags));
        chatTemplates = Collections.unmodifiableMap(new LinkedHashMap<>(chatTemplates));
    }

    private static Map<String, String> roleKeys() {
        Map<String, String> keys = new LinkedHashMap<>();
        keys.put("bos", "bos_token_id");
        keys.put("eos", "eos_token_id");
        keys.put("unk", "unknown_token_id");
        keys.put("sep", "seperator_token_id"); // spelled so in the format
        keys.put("pad", "padding_token_id");
        keys.put("cls", "cls_token_id");
        keys.put("mask", "mask_token_id");
        keys.put("eot", "eot_token_id");
        keys.put("eom", "eom_token_id");
        return keys;
    }

    static GgufVocabulary none() {
        return new GgufVocabulary(NONE, Optional.empty(), List.of(), List.of(), Map.of(), Map.of(), Map.of(), List.of());
    }

    GgufVocabulary withCharsMap(List<Long> map) {
        return new GgufVocabulary(model, pre, tokens, merges, specialIds, flags, chatTemplates, map);
    }

    /** Returns the keys and values for a GGUF file, in the form of {@link TokenizerSource#values}. */
    public Map<String, Object> values() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put(PREFIX + "model", model);
        if (model.equals(NONE)) {
            return values;
        }
        pre.ifPresent(name -> values.put(PREFIX + "pre", name));
        values.put(PREFIX + "tokens", tokens.stream().map(Token::text).toList());
        if (!model.equals(BYTE_LEVEL)) {
            values.put(PREFIX + "scores", tokens.stream().map(Token::score).toList());
        }
        values.put(PREFIX + "token_type", tokens.stream().map(token -> (long) token.type().number()).toList());
        if (!merges.isEmpty()) {
            values.put(PREFIX + "merges", merges);
        }
        specialIds.forEach((role, id) -> values.put(PREFIX + ROLE_KEYS.get(role), (long) id));
        flags.forEach((key, value) -> values.put(PREFIX + key, value));
        if (!charsMap.isEmpty()) {
            values.put(PREFIX + "precompiled_charsmap", charsMap);
        }
        List<String> names = chatTemplates.keySet().stream().filter(name -> !name.equals(DEFAULT)).toList();
        if (!names.isEmpty()) {
            values.put("tokenizer.chat_templates", names);
        }
        chatTemplates.forEach((name, source) -> values.put(name.equals(DEFAULT) ? TEMPLATE : TEMPLATE + "." + name, source));
        return values;
    }

    /**
     * The vocabulary in a GGUF file.
     *
     * @throws MalformedFileException if its arrays do not fit together or an id is out of range
     */
    public static GgufVocabulary of(TokenizerSource source) {
        Optional<String> model = source.string(PREFIX + "model").filter(name -> !name.equals(NONE));
        if (model.isEmpty()) {
            return none();
        }
        List<?> texts = list(source, "tokens").orElseThrow(() -> wrong(source, "tokens", "is missing"));
        List<?> scores = list(source, "scores").orElse(Collections.nCopies(texts.size(), 0f));
        List<?> types = list(source, "token_type").orElse(Collections.nCopies(texts.size(), 1L));
        if (scores.size() < texts.size() || types.size() < texts.size()) {
            throw wrong(source, "tokens", texts.size() + " tokens, " + scores.size() + " scores, " + types.size() + " types");
        }
        List<Token> tokens = new ArrayList<>(texts.size());
        for (int i = 0; i < texts.size(); i++) {
            tokens.add(token(source, i, texts.get(i), scores.get(i), types.get(i)));
        }
        Map<String, Boolean> flags = new LinkedHashMap<>();
        FLAGS.forEach(key -> source.get(PREFIX + key).ifPresent(value -> flags.put(key, value.equals(true))));
        Map<String, String> templates = new LinkedHashMap<>();
        source.string(TEMPLATE).ifPresent(text -> templates.put(DEFAULT, text));
        source.values().keySet().stream().filter(key -> key.startsWith(TEMPLATE + "."))
                .forEach(key -> source.string(key).ifPresent(text -> templates.put(key.substring(TEMPLATE.length() + 1), text)));
        List<String> merges = list(source, "merges", String.class);
        return new GgufVocabulary(model.get(), source.string(PREFIX + "pre"), tokens, merges, ids(source, model.get(), tokens), flags,
                templates, list(source, "precompiled_charsmap", Long.class));
    }

    private static Optional<List<?>> list(TokenizerSource source, String key) {
        Optional<Object> value = source.get(PREFIX + key);
        if (value.isPresent() && !(value.get() instanceof List<?>)) {
            throw wrong(source, key, "expected an array");
        }
        return value.map(array -> (List<?>) array);
    }

    private static <T> List<T> list(TokenizerSource source, String key, Class<T> element) {
        List<?> values = list(source, key).orElse(List.of());
        for (int i = 0; i < values.size(); i++) {
            if (!element.isInstance(values.get(i))) {
                throw wrong(source, key, "entry " + i + " is not " + (element == Long.class ? "an integer" : "a string"));
            }
        }
        return values.stream().map(element::cast).toList();
    }

    private static Token token(TokenizerSource source, int id, Object text, Object score, Object type) {
        if (!(text instanceof String string) || !(score instanceof Float number) || !(type instanceof Long kind)) {
            throw wrong(source, "tokens", "token " + id + " is not a string with a 32-bit float for a score and an integer for a type");
        }
        TokenType known = TokenType.numbered(kind)
                .orElseThrow(() -> wrong(source, "token_type", "token " + id + " is of the unknown type " + kind));
        return new Token(string, number, known);
    }

    /**
     * The ids by role. 2^32 − 1 means none in files of llama.cpp; a missing key means the assumed id, unless a piece of text is there
     * or the file says that the token is not added.
     */
    private static Map<String, Integer> ids(TokenizerSource source, String model, List<Token> tokens) {
        Map<String, Integer> assumed = ASSUMED_IDS.getOrDefault(model, Map.of());
        Map<String, Integer> ids = new LinkedHashMap<>();
        ROLE_KEYS.forEach((role, key) -> {
            long none = 0xFFFF_FFFFL;
            Optional<Long> id = source.integer(PREFIX + key).filter(value -> value != none && value != -1);
            if (id.isPresent() && (id.get() < 0 || id.get() >= tokens.size())) {
                throw wrong(source, key, "expected an id from 0 to " + (tokens.size() - 1) + ", found " + id.get());
            }
            id.ifPresent(value -> ids.put(role, Math.toIntExact(value)));
            boolean unused = source.get(PREFIX + "add_" + role + "_token").filter(Boolean.FALSE::equals).isPresent();
            if (source.get(PREFIX + key).isEmpty() && !unused
                    && isMarker(tokens, assumed.getOrDefault(role, tokens.size()), role.equals("unk"))) {
                ids.put(role, assumed.get(role));
            }
        });
        return ids;
    }

    /** @param unknown whether the token stands for characters of a text, which no other control token may */
    private static boolean isMarker(List<Token> tokens, int id, boolean unknown) {
        if (id >= tokens.size()) {
            return false;
        }
        Token token = tokens.get(id);
        return token.type() == TokenType.UNKNOWN || (unknown
                ? UNKNOWN.contains(token.text())
                : token.type() == TokenType.CONTROL || MARKERS.contains(token.text()));
    }

    private static MalformedFileException wrong(TokenizerSource source, String key, String reason) {
        return new MalformedFileException("GGUF_VOCABULARY", source.file(), -1, PREFIX + key, reason);
    }
}

package dev.nibble.core.tokenizer;

import dev.nibble.core.MalformedFileException;
import dev.nibble.core.checkpoint.GgufMetadata;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A tokenizer as GGUF describes it.
 *
 * @param model         {@code gpt2} for byte-level BPE, {@code llama} for BPE of SentencePiece, {@code t5} for its unigrams,
 *                      {@code no_vocab} for none
 * @param pre           how text is split before BPE, by the name llama.cpp has for it; empty where it is not
 * @param tokens        by id
 * @param merges        of byte-level BPE, best first, two pieces with a space between
 * @param specialIds    role ({@code bos}, {@code eos}, {@code unk} …) to id
 * @param flags         what is added around a text and the like, by the last part of the key
 * @param chatTemplates name to Jinja source; the usual one is called {@code default}
 * @param charsMap      SentencePiece's precompiled normalizer, for unigrams; empty where there is none
 */
public record GgufVocabulary(String model, Optional<String> pre, List<Token> tokens, List<String> merges, Map<String, Integer> specialIds,
        Map<String, Boolean> flags, Map<String, String> chatTemplates, List<Long> charsMap) {
    /** One token. @param score its log probability, or minus the place of its merge */
    public record Token(String text, float score, TokenType type) {}

    static final String NONE = "no_vocab";
    static final String BYTE_LEVEL = "gpt2";
    static final String SENTENCE_PIECE = "llama";
    static final String UNIGRAM = "t5";

    private static final String PREFIX = "tokenizer.ggml.";
    private static final String TEMPLATE = "tokenizer.chat_template";
    private static final String DEFAULT = "default";
    private static final Map<String, String> ROLE_KEYS = roleKeys();
    private static final List<String> FLAGS = List.of("add_bos_token", "add_eos_token", "add_sep_token", "add_space_prefix",
            "remove_extra_whitespaces");

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

    /** Adds the keys. */
    public void write(GgufMetadata metadata) {
        metadata.putString(PREFIX + "model", model);
        if (model.equals(NONE)) {
            return;
        }
        pre.ifPresent(name -> metadata.putString(PREFIX + "pre", name));
        metadata.putStrings(PREFIX + "tokens", tokens.stream().map(Token::text).toList());
        if (!model.equals(BYTE_LEVEL)) {
            float[] scores = new float[tokens.size()];
            for (int i = 0; i < scores.length; i++) {
                scores[i] = tokens.get(i).score();
            }
            metadata.putF32s(PREFIX + "scores", scores);
        }
        metadata.putI32s(PREFIX + "token_type", tokens.stream().mapToInt(token -> token.type().number()).toArray());
        if (!merges.isEmpty()) {
            metadata.putStrings(PREFIX + "merges", merges);
        }
        specialIds.forEach((role, id) -> metadata.putU32(PREFIX + ROLE_KEYS.get(role), id));
        flags.forEach((key, value) -> metadata.putBool(PREFIX + key, value));
        if (!charsMap.isEmpty()) {
            metadata.put(PREFIX + "precompiled_charsmap",
                    new GgufMetadata.Value(GgufMetadata.Type.ARRAY, GgufMetadata.Type.U8, List.<Object>copyOf(charsMap)));
        }
        writeTemplates(metadata);
    }

    private void writeTemplates(GgufMetadata metadata) {
        List<String> names = chatTemplates.keySet().stream().filter(name -> !name.equals(DEFAULT)).toList();
        if (!names.isEmpty()) {
            metadata.putStrings("tokenizer.chat_templates", names);
        }
        chatTemplates.forEach((name, source) -> metadata.putString(name.equals(DEFAULT) ? TEMPLATE : TEMPLATE + "." + name, source));
    }

    /**
     * The vocabulary in a GGUF file.
     *
     * @throws MalformedFileException if its arrays do not fit together or an id is not that of a token
     */
    public static GgufVocabulary of(Path file, GgufMetadata metadata) {
        Optional<String> model = metadata.string(PREFIX + "model").filter(name -> !name.equals(NONE));
        if (model.isEmpty()) {
            return none();
        }
        List<?> texts = list(file, metadata, "tokens").orElseThrow(() -> wrong(file, "tokens", "is missing"));
        List<?> scores = list(file, metadata, "scores").orElse(Collections.nCopies(texts.size(), 0f));
        List<?> types = list(file, metadata, "token_type").orElse(Collections.nCopies(texts.size(), 1L));
        if (scores.size() < texts.size() || types.size() < texts.size()) {
            throw wrong(file, "tokens", texts.size() + " tokens, " + scores.size() + " scores, " + types.size() + " types");
        }
        List<Token> tokens = new ArrayList<>(texts.size());
        for (int i = 0; i < texts.size(); i++) {
            tokens.add(token(file, i, texts.get(i), scores.get(i), types.get(i)));
        }
        Map<String, Boolean> flags = new LinkedHashMap<>();
        FLAGS.forEach(key -> metadata.get(PREFIX + key).ifPresent(value -> flags.put(key, value.equals(true))));
        Map<String, String> templates = new LinkedHashMap<>();
        metadata.string(TEMPLATE).ifPresent(source -> templates.put(DEFAULT, source));
        metadata.values().keySet().stream().filter(key -> key.startsWith(TEMPLATE + "."))
                .forEach(key -> metadata.string(key).ifPresent(source -> templates.put(key.substring(TEMPLATE.length() + 1), source)));
        List<String> merges = list(file, metadata, "merges", String.class);
        return new GgufVocabulary(model.get(), metadata.string(PREFIX + "pre"), tokens, merges, ids(file, metadata, tokens.size()), flags,
                templates, list(file, metadata, "precompiled_charsmap", Long.class));
    }

    private static Optional<List<?>> list(Path file, GgufMetadata metadata, String key) {
        Optional<Object> value = metadata.get(PREFIX + key);
        if (value.isPresent() && !(value.get() instanceof List<?>)) {
            throw wrong(file, key, "expected an array");
        }
        return value.map(array -> (List<?>) array);
    }

    private static <T> List<T> list(Path file, GgufMetadata metadata, String key, Class<T> element) {
        List<?> values = list(file, metadata, key).orElse(List.of());
        for (int i = 0; i < values.size(); i++) {
            if (!element.isInstance(values.get(i))) {
                throw wrong(file, key, "entry " + i + " is no " + (element == Long.class ? "integer" : "string"));
            }
        }
        return values.stream().map(element::cast).toList();
    }

    private static Token token(Path file, int id, Object text, Object score, Object type) {
        if (!(text instanceof String string) || !(score instanceof Float number) || !(type instanceof Long kind)) {
            throw wrong(file, "tokens", "token " + id + " is not a string with a 32-bit float for a score and an integer for a type");
        }
        TokenType known = TokenType.numbered(kind)
                .orElseThrow(() -> wrong(file, "token_type", "token " + id + " is of the unknown type " + kind));
        return new Token(string, number, known);
    }

    /** The ids by role. The largest 32-bit number stands for "none" in files of llama.cpp. */
    private static Map<String, Integer> ids(Path file, GgufMetadata metadata, int tokens) {
        Map<String, Integer> ids = new LinkedHashMap<>();
        ROLE_KEYS.forEach((role, key) -> {
            long none = 0xFFFF_FFFFL;
            Optional<Long> id = metadata.integer(PREFIX + key).filter(value -> value != none && value != -1);
            if (id.isPresent() && (id.get() < 0 || id.get() >= tokens)) {
                throw wrong(file, key, "expected an id from 0 to " + (tokens - 1) + ", found " + id.get());
            }
            id.ifPresent(value -> ids.put(role, Math.toIntExact(value)));
        });
        return ids;
    }

    private static MalformedFileException wrong(Path file, String key, String reason) {
        return new MalformedFileException("GGUF_VOCABULARY", file, -1, PREFIX + key, reason);
    }
}

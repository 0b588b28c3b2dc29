package dev.nibble.text.tokenizer;

import static dev.nibble.text.tokenizer.JsonObjects.object;

import dev.nibble.text.tokenizer.GgufVocabulary.Token;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/** A GGUF vocabulary as the tokenizer files of a Hugging Face directory. */
public final class HuggingFaceTokenizer {
    private static final ObjectMapper JSON = JsonMapper.builder().build();
    private static final String SPACE = "▁";

    private HuggingFaceTokenizer() {}

    /**
     * Returns the files' texts by name; empty, with a warning, where tokenizer.json cannot express the vocabulary.
     *
     * @param warnings receives one line for everything that could not be restored
     */
    public static Map<String, String> files(GgufVocabulary vocabulary, Consumer<String> warnings) {
        Optional<Map<String, Object>> tokenizer = switch (vocabulary.model()) {
            case GgufVocabulary.SENTENCE_PIECE -> Optional.of(sentencePiece(vocabulary));
            case GgufVocabulary.BYTE_LEVEL -> byteLevel(vocabulary);
            default -> Optional.empty();
        };
        if (tokenizer.isEmpty()) {
            warnings.accept("no tokenizer.json for a " + vocabulary.model() + vocabulary.pre().map(pre -> "/" + pre).orElse("")
                    + " vocabulary: copy the original model's");
            return Map.of();
        }
        Map<String, String> files = new LinkedHashMap<>();
        files.put("tokenizer.json", text(tokenizer.get()));
        files.put("tokenizer_config.json", text(settings(vocabulary)));
        return files;
    }

    private static String text(Map<String, Object> values) {
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(values) + "\n";
    }

    private static Map<String, Object> settings(GgufVocabulary vocabulary) {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("tokenizer_class", "PreTrainedTokenizerFast");
        settings.put("clean_up_tokenization_spaces", false);
        vocabulary.flags().forEach((key, value) -> {
            if (key.startsWith("add_") && key.endsWith("_token")) {
                settings.put(key, value);
            }
        });
        vocabulary.specialIds().forEach((role, id) -> {
            if (!role.equals("eot") && !role.equals("eom")) {
                settings.put(role + "_token", vocabulary.tokens().get(id).text());
            }
        });
        if (vocabulary.chatTemplates().size() == 1 && vocabulary.chatTemplates().containsKey("default")) {
            settings.put("chat_template", vocabulary.chatTemplates().get("default"));
        } else if (!vocabulary.chatTemplates().isEmpty()) {
            List<Object> templates = new ArrayList<>();
            vocabulary.chatTemplates().forEach((name, source) -> templates.add(object("name", name, "template", source)));
            settings.put("chat_template", templates);
        }
        return settings;
    }

    private static Map<String, Object> frame(GgufVocabulary vocabulary, Object normalizer, Object pre, Object decoder, Object model) {
        return object("version", "1.0", "truncation", null, "padding", null, "added_tokens", added(vocabulary), "normalizer", normalizer,
                "pre_tokenizer", pre, "post_processor", postProcessor(vocabulary), "decoder", decoder, "model", model);
    }

    private static boolean isAdded(Token token) {
        return token.type() == TokenType.CONTROL || token.type() == TokenType.USER_DEFINED || token.type() == TokenType.UNKNOWN;
    }

    private static List<Object> added(GgufVocabulary vocabulary) {
        List<Object> added = new ArrayList<>();
        for (int id = 0; id < vocabulary.tokens().size(); id++) {
            Token token = vocabulary.tokens().get(id);
            if (isAdded(token)) {
                added.add(object("id", id, "content", token.text(), "single_word", false, "lstrip", false, "rstrip", false, "normalized",
                        false,
                        "special", token.type() != TokenType.USER_DEFINED));
            }
        }
        return added;
    }

    /** Adds the tokens around a text that the flags ask for. */
    private static Object postProcessor(GgufVocabulary vocabulary) {
        boolean bos = vocabulary.flags().getOrDefault("add_bos_token", vocabulary.model().equals(GgufVocabulary.SENTENCE_PIECE))
                && vocabulary.specialIds().containsKey("bos");
        boolean eos = vocabulary.flags().getOrDefault("add_eos_token", false) && vocabulary.specialIds().containsKey("eos");
        if (!bos && !eos) {
            return null;
        }
        Map<String, Object> special = new LinkedHashMap<>();
        Stream.of("bos", "eos").filter(role -> role.equals("bos") ? bos : eos).forEach(role -> {
            int id = vocabulary.specialIds().get(role);
            String text = vocabulary.tokens().get(id).text();
            special.put(text, object("id", text, "ids", List.of(id), "tokens", List.of(text)));
        });
        List<Object> single = new ArrayList<>();
        List<Object> pair = new ArrayList<>();
        for (String sequence : List.of("A", "B")) {
            List<Object> parts = new ArrayList<>();
            int type = sequence.equals("A") ? 0 : 1;
            if (bos) {
                parts.add(specialPart(vocabulary, "bos", type));
            }
            parts.add(object("Sequence", object("id", sequence, "type_id", type)));
            if (eos) {
                parts.add(specialPart(vocabulary, "eos", type));
            }
            pair.addAll(parts);
            if (type == 0) {
                single.addAll(parts);
            }
        }
        return object("type", "TemplateProcessing", "single", single, "pair", pair, "special_tokens", special);
    }

    private static Object specialPart(GgufVocabulary vocabulary, String role, int type) {
        String text = vocabulary.tokens().get(vocabulary.specialIds().get(role)).text();
        return object("SpecialToken", object("id", text, "type_id", type));
    }

    /** Ids by token, without padding and, unless {@code withAdded}, without those listed in {@code added_tokens}. */
    private static Map<String, Object> vocab(GgufVocabulary vocabulary, boolean withAdded) {
        Map<String, Object> vocab = new LinkedHashMap<>();
        for (int id = 0; id < vocabulary.tokens().size(); id++) {
            Token token = vocabulary.tokens().get(id);
            if (token.type() != TokenType.UNUSED && (withAdded || !isAdded(token))) {
                vocab.putIfAbsent(token.text(), id);
            }
        }
        return vocab;
    }

    /** Byte-level BPE, for pre-tokenizers that tokenizer.json can express. */
    private static Optional<Map<String, Object>> byteLevel(GgufVocabulary vocabulary) {
        Optional<Object> pre = PreTokenizers.json(vocabulary.pre().orElse(PreTokenizers.UNKNOWN));
        Object bytes = object("type", "ByteLevel", "add_prefix_space", false, "trim_offsets", true, "use_regex", true);
        return pre.map(split -> frame(vocabulary, null, split, bytes,
                object("type", "BPE", "dropout", null, "unk_token", null, "continuing_subword_prefix", null, "end_of_word_suffix", null,
                        "fuse_unk", false, "byte_fallback", false, "ignore_merges",
                        PreTokenizers.ignoresMerges(vocabulary.pre().orElseThrow()), "vocab", vocab(vocabulary, false), "merges",
                        vocabulary.merges().stream().map(line -> List.of(line.split(" ", 2))).toList())));
    }

    private static Map<String, Object> sentencePiece(GgufVocabulary vocabulary) {
        boolean prefixed = vocabulary.flags().getOrDefault("add_space_prefix", true);
        Object replace = object("type", "Replace", "pattern", object("String", " "), "content", SPACE);
        Object normalizer = prefixed
                ? object("type", "Sequence", "normalizers", List.of(object("type", "Prepend", "prepend", SPACE), replace))
                : replace;
        List<Object> decoders = new ArrayList<>(List.of(object("type", "Replace", "pattern", object("String", SPACE), "content", " "),
                object("type", "ByteFallback"), object("type", "Fuse")));
        if (prefixed) {
            decoders.add(object("type", "Strip", "content", " ", "start", 1, "stop", 0));
        }
        boolean bytes = vocabulary.tokens().stream().anyMatch(token -> token.type() == TokenType.BYTE);
        String unknown = vocabulary.tokens().stream().filter(token -> token.type() == TokenType.UNKNOWN).map(Token::text).findFirst()
                .orElseGet(() -> Optional.ofNullable(vocabulary.specialIds().get("unk")).map(id -> vocabulary.tokens().get(id).text())
                        .orElse(null));
        Object model = object("type", "BPE", "dropout", null, "unk_token", unknown, "continuing_subword_prefix", null,
                "end_of_word_suffix", null, "fuse_unk", true, "byte_fallback", bytes, "ignore_merges", false, "vocab",
                vocab(vocabulary, true), "merges", ScoredMerges.of(vocabulary));
        return frame(vocabulary, normalizer, null, object("type", "Sequence", "decoders", decoders), model);
    }
}

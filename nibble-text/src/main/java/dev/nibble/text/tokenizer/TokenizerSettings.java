package dev.nibble.text.tokenizer;

import dev.nibble.error.MalformedFileException;
import dev.nibble.text.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Settings beside a vocabulary in a Hugging Face directory: special tokens, tokens added around a text, chat templates. */
final class TokenizerSettings {
    private static final Json.Limits LIMITS = new Json.Limits("TOKENIZER", 16 << 20, 64, 1 << 20);
    private static final int LONGEST_TEMPLATE = 1 << 20;
    private static final List<String> ROLES = List.of("bos", "eos", "unk", "sep", "pad", "cls", "mask");
    private static final List<String> TURN_ENDS = List.of("<|eot_id|>", "<|im_end|>", "<|end|>", "<end_of_turn>");
    private static final String MESSAGE_END = "<|eom_id|>";

    private final Path directory;
    private final Optional<Json> config; // tokenizer_config.json
    private final Consumer<String> warnings;

    TokenizerSettings(Path directory, Consumer<String> warnings) throws IOException {
        this.directory = directory;
        this.warnings = warnings;
        this.config = json("tokenizer_config.json");
        if (config.isPresent() && config.get().has("auto_map")) {
            warnings.accept("tokenizer_config.json names Python code to run (auto_map): ignored");
        }
    }

    private Optional<Json> json(String name) throws IOException {
        Path file = directory.resolve(name);
        return Files.isRegularFile(file) ? Optional.of(Json.read(file, LIMITS)) : Optional.empty();
    }

    boolean cleansSpaces() {
        return config.flatMap(c -> c.get("clean_up_tokenization_spaces")).map(Json::bool).orElse(false);
    }

    Optional<Boolean> prefixesSpace() {
        return config.flatMap(c -> c.get("add_prefix_space")).map(Json::bool);
    }

    /** Adds the tokens of tokenizer_config.json and added_tokens.json to the vocabulary. */
    void addTokens(Vocabulary vocabulary) throws IOException {
        Optional<Json> decoder = config.flatMap(c -> c.get("added_tokens_decoder"));
        if (decoder.isPresent()) {
            decoder.get().members().forEach((id, token) -> vocabulary.add(id(id, token), token.require("content").string(),
                    token.get("special").map(Json::bool).orElse(false), token));
        }
        Optional<Json> added = json("added_tokens.json");
        if (added.isPresent()) {
            added.get().members().forEach((text, id) -> {
                int number = id.whole(0, Vocabulary.MAX_TOKENS - 1);
                if (!vocabulary.added().containsKey(number)) {
                    vocabulary.add(number, text, false, id);
                }
            });
        }
    }

    /** Warns of added tokens without a row in the embedding. */
    void warnBeyond(Vocabulary vocabulary) {
        vocabulary.beyond().forEach((text, id) -> warnings.accept("added token " + MalformedFileException.printable(text) + " has id " + id
                + ", the embedding has " + vocabulary.rows() + " rows: it is left out"));
    }

    private static int id(String key, Json place) {
        if (!key.matches("\\d{1,8}")) {
            throw place.wrong("expected a token id as key");
        }
        return Integer.parseInt(key);
    }

    /** The ids by role: by the text that tokenizer_config.json gives, or by number from config.json. */
    Map<String, Integer> specialIds(Vocabulary vocabulary) throws IOException {
        Optional<Json> map = json("special_tokens_map.json");
        Optional<Json> model = modelFile("config.json");
        Optional<Json> generation = modelFile("generation_config.json");
        Map<String, Integer> ids = new LinkedHashMap<>();
        for (String role : ROLES) {
            config.flatMap(c -> c.get(role + "_token")).or(() -> map.flatMap(m -> m.get(role + "_token")))
                    .map(TokenizerSettings::content).map(vocabulary.ids()::get)
                    .or(() -> number(model, role, vocabulary)).or(() -> number(generation, role, vocabulary))
                    .ifPresent(id -> ids.put(role, id));
        }
        addEnds(generation, vocabulary, ids);
        addOtherEnds(vocabulary, ids);
        return ids;
    }

    /** Gives GGUF's two other roles of ends to the stop tokens that no reader knows by their spelling. */
    private void addOtherEnds(Vocabulary vocabulary, Map<String, Integer> ids) throws IOException {
        for (int id : stops(vocabulary)) {
            if (ids.containsValue(id) || EndNames.ALL.contains(vocabulary.texts().get(id))) {
                continue;
            }
            if (ids.putIfAbsent("eot", id) != null && ids.putIfAbsent("eom", id) != null) {
                warnings.accept("token " + id + " ends answers too, but GGUF has no more roles for it");
            }
        }
    }

    private Optional<Json> modelFile(String name) throws IOException {
        Path file = directory.resolve(name);
        return Files.isRegularFile(file) ? Optional.of(Json.read(file, Json.Limits.CONFIG)) : Optional.empty();
    }

    private static String content(Json token) {
        return token.isString() ? token.string() : token.require("content").string();
    }

    private Optional<Integer> number(Optional<Json> file, String role, Vocabulary vocabulary) {
        Optional<Json> value = file.flatMap(f -> f.get(role + "_token_id"));
        if (value.isPresent() && value.get().isArray()) {
            value = value.get().elements().stream().findFirst();
        }
        if (value.isEmpty()) {
            return Optional.empty();
        }
        int id = value.get().whole(-1, Integer.MAX_VALUE);
        if (id < 0 || id >= vocabulary.rows()) {
            warnings.accept(value.get().file().getFileName() + ": " + role + "_token_id " + id + " is not a token: ignored");
            return Optional.empty();
        }
        return Optional.of(id);
    }

    /** Adds the end-of-turn and end-of-message tokens among the stop tokens of generation_config.json. */
    private static void addEnds(Optional<Json> generation, Vocabulary vocabulary, Map<String, Integer> ids) {
        Optional<Json> stops = generation.flatMap(g -> g.get("eos_token_id")).filter(Json::isArray);
        if (stops.isEmpty()) {
            return;
        }
        for (Json stop : stops.get().elements()) {
            int id = stop.whole(0, Vocabulary.MAX_TOKENS - 1);
            String text = vocabulary.texts().getOrDefault(id, "");
            if (TURN_ENDS.contains(text)) {
                ids.putIfAbsent("eot", id);
            } else if (text.equals(MESSAGE_END)) {
                ids.putIfAbsent("eom", id);
            }
        }
    }

    /** Number of rows of the model's embedding, if there is a model. */
    int rows() throws IOException {
        Optional<Json> model = modelFile("config.json");
        Optional<Json> own = model.flatMap(m -> m.get("vocab_size"));
        return own.or(() -> model.flatMap(m -> m.get("text_config")).flatMap(t -> t.get("vocab_size")))
                .map(size -> size.whole(1, Vocabulary.MAX_TOKENS - 1)).orElse(Vocabulary.AS_MANY_AS_THERE_ARE);
    }

    /** All ends of answers that generation_config.json and config.json name by number. */
    List<Integer> stops(Vocabulary vocabulary) throws IOException {
        Optional<Json> model = modelFile("config.json");
        List<Json> stops = new ArrayList<>();
        for (Optional<Json> file : List.of(modelFile("generation_config.json"), model, model.flatMap(m -> m.get("text_config")))) {
            file.flatMap(f -> f.get("eos_token_id")).ifPresent(value -> stops.addAll(value.isArray() ? value.elements() : List.of(value)));
        }
        return stops.stream().map(stop -> stop.whole(-1, Integer.MAX_VALUE)).filter(vocabulary.texts()::containsKey).distinct().toList();
    }

    /** Adds or removes the token of a role around a text where tokenizer_config.json says so. */
    void adjust(String role, List<Integer> around, Map<String, Integer> ids) {
        Optional<Boolean> wanted = config.flatMap(c -> c.get("add_" + role + "_token")).filter(Json::isBoolean).map(Json::bool);
        Integer id = ids.get(role);
        if (wanted.isPresent() && id != null) {
            if (wanted.get() && around.isEmpty()) {
                around.add(id);
            } else if (!wanted.get() && around.equals(List.of(id))) {
                around.clear();
            }
        }
    }

    /** Returns the flags for tokens added around a text, from tokenizer_config.json or tokenizer.json's post-processor. */
    Map<String, Boolean> flags(Optional<Json> tokenizer, Map<String, Integer> ids, Vocabulary vocabulary) {
        Map<String, Boolean> flags = new LinkedHashMap<>();
        tokenizer.flatMap(t -> t.get("post_processor")).ifPresent(processor -> addTemplate(processor, ids, vocabulary, flags));
        for (String role : List.of("bos", "eos", "sep")) {
            String key = "add_" + role + "_token";
            config.flatMap(c -> c.get(key)).filter(Json::isBoolean).ifPresent(value -> flags.put(key, value.bool()));
        }
        return flags;
    }

    private void addTemplate(Json processor, Map<String, Integer> ids, Vocabulary vocabulary, Map<String, Boolean> flags) {
        String type = processor.require("type").string();
        if (type.equals("Sequence")) {
            processor.require("processors").elements().forEach(part -> addTemplate(part, ids, vocabulary, flags));
        } else if (type.equals("TemplateProcessing")) {
            List<Json> single = processor.require("single").elements();
            if (single.size() > 1) {
                addEnd(single.getFirst(), "bos", ids, vocabulary, flags);
                addEnd(single.getLast(), "eos", ids, vocabulary, flags);
            }
        }
    }

    private void addEnd(Json part, String role, Map<String, Integer> ids, Vocabulary vocabulary, Map<String, Boolean> flags) {
        Optional<Json> special = part.get("SpecialToken");
        if (special.isEmpty()) {
            return;
        }
        String text = special.get().require("id").string();
        Integer id = vocabulary.ids().get(text);
        if (id == null) {
            throw special.get().wrong("\"" + text + "\" is not in the vocabulary");
        }
        boolean matches = ids.computeIfAbsent(role, missing -> id).equals(id);
        flags.put("add_" + role + "_token", matches);
        if (!matches) {
            warnings.accept("texts are surrounded by " + text + ", which is not the " + role + " token: GGUF cannot express that");
        }
    }

    /** Chat templates by name; the one for ordinary chats is {@code default}. */
    Map<String, String> chatTemplates() throws IOException {
        Map<String, String> templates = new LinkedHashMap<>();
        Path jinja = directory.resolve("chat_template.jinja");
        Optional<Json> value = config.flatMap(c -> c.get("chat_template"));
        if (Files.isRegularFile(jinja)) {
            if (Files.size(jinja) > LONGEST_TEMPLATE) {
                throw new MalformedFileException("TOKENIZER_TEMPLATE", jinja, -1, "", "more than " + LONGEST_TEMPLATE + " bytes");
            }
            templates.put("default", Files.readString(jinja, StandardCharsets.UTF_8));
            return templates;
        }
        if (value.isEmpty()) {
            value = json("chat_template.json").flatMap(c -> c.get("chat_template"));
        }
        if (value.isPresent() && value.get().isArray()) {
            value.get().elements().forEach(t -> templates.put(t.require("name").string(), t.require("template").string()));
        } else {
            value.ifPresent(t -> templates.put("default", t.string()));
        }
        return templates;
    }
}

package dev.nibble.core.layout;

import dev.nibble.core.checkpoint.io.AtomicFile;
import dev.nibble.error.MalformedFileException;
import dev.nibble.text.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The files beside the weights of a Hugging Face directory: config.json, possibly with changed values, and the tokenizer. */
public final class ModelFiles {
    private static final String CONFIG = "config.json";
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Json.Limits LIMITS = new Json.Limits("CONFIG", 4 << 20, 64, 1 << 20);
    private static final List<String> COMPANIONS = List.of("generation_config.json", "tokenizer.json", "tokenizer_config.json",
            "tokenizer.model", "special_tokens_map.json", "added_tokens.json", "vocab.json", "vocab.txt", "merges.txt",
            "chat_template.jinja", "chat_template.json", "tiktoken.model");

    private final ObjectNode config;
    private final List<Path> companions;
    private final Map<String, String> texts;

    private ModelFiles(ObjectNode config, List<Path> companions, Map<String, String> texts) {
        this.config = config;
        this.companions = companions;
        this.texts = texts;
    }

    /** The files of a directory. */
    public static ModelFiles of(Path directory) throws IOException {
        return new ModelFiles((ObjectNode) JSON.readTree(Json.read(directory.resolve(CONFIG), LIMITS).toString()),
                COMPANIONS.stream().map(directory::resolve).filter(Files::isRegularFile).toList(), Map.of());
    }

    /** The files made by a conversion. @param files contents by name; config.json must be among them */
    public static ModelFiles of(Map<String, String> files) {
        Map<String, String> texts = new LinkedHashMap<>(files);
        return new ModelFiles((ObjectNode) JSON.readTree(texts.remove(CONFIG)), List.of(), texts);
    }

    /** A copy with a value set in config.json. */
    public ModelFiles with(String key, Object value) {
        return new ModelFiles(config.deepCopy().set(key, JSON.valueToTree(value)), companions, texts);
    }

    /** A copy without a value of config.json. */
    public ModelFiles without(String key) {
        ObjectNode rest = config.deepCopy();
        rest.remove(key);
        return new ModelFiles(rest, companions, texts);
    }

    /** The text of config.json. */
    public String configText() {
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(config) + "\n";
    }

    /**
     * Writes the files, config.json last.
     *
     * @param overwrite whether existing files may be replaced
     */
    public void write(Path directory, boolean overwrite) throws IOException {
        for (Path companion : companions) {
            if (Files.size(companion) > Integer.MAX_VALUE) {
                throw new MalformedFileException("FILE_TOO_LARGE", companion, -1, "", "has " + Files.size(companion) + " bytes");
            }
            AtomicFile.write(directory.resolve(companion.getFileName()), Files.readAllBytes(companion), overwrite);
        }
        for (Map.Entry<String, String> text : texts.entrySet()) {
            AtomicFile.write(directory.resolve(text.getKey()), text.getValue().getBytes(StandardCharsets.UTF_8), overwrite);
        }
        AtomicFile.write(directory.resolve(CONFIG), configText().getBytes(StandardCharsets.UTF_8), overwrite);
    }
}

package dev.nibble.core.model.mapping;

import dev.nibble.error.MalformedFileException;
import dev.nibble.text.json.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * A model's {@code config.json}. Getters take alternative names of a value; the first one present counts. A value out of range is refused
 * with the file and the JSON pointer.
 */
public final class Config {
    public static final int MAX_LAYERS = 1024;
    public static final int MAX_WIDTH = 1 << 20;
    public static final int MAX_VOCABULARY = 1 << 22;
    public static final int MAX_CONTEXT = 1 << 30;

    private final Json json;

    private Config(Json json) {
        this.json = json;
    }

    public static Config read(Path file) throws IOException {
        return new Config(Json.read(file, Json.Limits.CONFIG));
    }

    /** @param file named in errors only */
    public static Config parse(Path file, String text) {
        return new Config(Json.parse(file, text, Json.Limits.CONFIG));
    }

    public Path file() {
        return json.file();
    }

    /** {@code model_type}, the family. */
    public String modelType() {
        return json.require("model_type").string();
    }

    /** The nested configuration of the language model in a multimodal one. */
    public Optional<Config> nested(String key) {
        return json.get(key).map(Config::new);
    }

    /** A copy with transformers' defaults of a family for missing keys. */
    public Config withDefaults(Map<String, Integer> defaults) {
        return new Config(json.withDefaults(defaults));
    }

    public boolean has(String key) {
        return json.has(key);
    }

    public Optional<Json> value(String... names) {
        return List.of(names).stream().filter(json::has).findFirst().flatMap(json::get);
    }

    public int whole(int min, int max, String... names) {
        return value(names).orElseGet(() -> json.require(names[0])).whole(min, max);
    }

    public OptionalInt optionalWhole(int min, int max, String... names) {
        return value(names).map(value -> OptionalInt.of(value.whole(min, max))).orElse(OptionalInt.empty());
    }

    /** A size, count or width: 1 to {@code max}. */
    public int count(int max, String... names) {
        return whole(1, max, names);
    }

    public double real(double min, double max, String... names) {
        return value(names).orElseGet(() -> json.require(names[0])).real(min, max);
    }

    public OptionalDouble optionalReal(double min, double max, String... names) {
        return value(names).map(value -> OptionalDouble.of(value.real(min, max))).orElse(OptionalDouble.empty());
    }

    /** The ε under the root of a norm: 0 to 1. */
    public double epsilon(String... names) {
        return real(0, 1, names);
    }

    public boolean flag(String name, boolean otherwise) {
        return json.get(name).map(Json::bool).orElse(otherwise);
    }

    public String text(String name, String otherwise) {
        return json.get(name).map(Json::string).orElse(otherwise);
    }

    /** Whether the output layer shares the embedding's weights; empty if the file does not say. */
    public Optional<Boolean> tied() {
        return json.get("tie_word_embeddings").map(Json::bool);
    }

    /** The exception for two values that contradict each other. */
    public MalformedFileException contradiction(String reason) {
        return new MalformedFileException("CONFIG_RANGE", json.file(), -1, json.pointer(), reason);
    }
}

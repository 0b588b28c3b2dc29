package dev.nibble.core.layout;

import dev.nibble.text.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The quantization of a model's directory: {@code quantization_config} of config.json, or one of the files that older tools wrote. */
public final class QuantizationConfig {
    private static final Json.Limits LIMITS = new Json.Limits("CONFIG", 4 << 20, 64, 1 << 20);
    private static final List<String> OLDER = List.of("quantize_config.json", "quant_config.json", "hf_quant_config.json");
    private static final int LARGEST_GROUP = 1 << 26;

    private final Json json;

    private QuantizationConfig(Json json) {
        this.json = json;
    }

    /** Empty if nothing in the directory declares quantization. */
    public static Optional<QuantizationConfig> of(Path directory) throws IOException {
        Path config = directory.resolve("config.json");
        if (Files.isRegularFile(config)) {
            Json whole = Json.read(config, LIMITS);
            Optional<Json> inside = whole.get("quantization_config").or(() -> whole.get("quip_params").map(quip -> whole));
            if (inside.isPresent()) {
                return inside.map(QuantizationConfig::new);
            }
        }
        for (String name : OLDER) {
            Path file = directory.resolve(name);
            if (Files.isRegularFile(file)) {
                return Optional.of(new QuantizationConfig(Json.read(file, LIMITS)));
            }
        }
        return Optional.empty();
    }

    /** @param file for error messages */
    public static QuantizationConfig parse(Path file, String text) {
        return new QuantizationConfig(Json.parse(file, text, LIMITS));
    }

    public Json json() {
        return json;
    }

    /** {@code quant_method} in lower case; inferred from the keys if it is missing. */
    public String method() {
        Optional<String> named = text("quant_method").or(() -> text("method")).map(name -> name.toLowerCase(Locale.ROOT));
        return named.orElseGet(() -> {
            if (json.has("quip_params")) {
                return "quip";
            }
            if (json.has("quantization") || json.has("producer")) {
                return "modelopt";
            }
            if (json.has("w_bit") || json.has("zero_point")) {
                return "awq";
            }
            return json.has("desc_act") || json.has("damp_percent") ? "gptq" : "unknown";
        });
    }

    /** The text under the first of these keys that is present. */
    public Optional<String> text(String... keys) {
        return value(keys).filter(Json::isString).map(Json::string);
    }

    /** The flag under a key, or {@code otherwise}. */
    public boolean flag(String key, boolean otherwise) {
        return json.get(key).map(Json::bool).orElse(otherwise);
    }

    /** Bits per code, if given. */
    public Optional<Integer> bits() {
        return value("bits", "w_bit").map(bits -> bits.whole(1, 16));
    }

    /** Columns per scale, if given; −1 means all of {@code columns}. */
    public Optional<Integer> groupSize(int columns) {
        return value("group_size", "q_group_size").map(size -> size.whole(-1, LARGEST_GROUP)).map(size -> size < 1 ? columns : size);
    }

    /** Readable {@code group_size}. */
    String groups() {
        return groupSize(0).map(size -> size == 0 ? "one group per row" : "groups of " + size).orElse("groups of unknown size");
    }

    private Optional<Json> value(String... keys) {
        return List.of(keys).stream().filter(json::has).findFirst().flatMap(json::get);
    }
}

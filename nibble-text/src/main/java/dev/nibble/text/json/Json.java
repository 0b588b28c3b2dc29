package dev.nibble.text.json;

import dev.nibble.error.MalformedFileException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLFactory;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * A value in a JSON file together with its position. A getter that fails names the file and the value's JSON pointer, so callers only state
 * what they expect.
 */
public final class Json {
    private static final int LONGEST_NUMBER = 1000;
    private static final int LONGEST_SHOWN = 60;

    /**
     * Limits of a file that is read.
     *
     * @param code         prefix of the error codes: {@code CONFIG} gives {@code CONFIG_JSON}, {@code CONFIG_RANGE}, {@code CONFIG_MISSING}
     * @param stringLength characters in one string
     */
    public record Limits(String code, long bytes, int depth, int stringLength) {
        /** Limits of {@code config.json} and other small settings files. */
        public static final Limits CONFIG = new Limits("CONFIG", 4 << 20, 64, 1 << 20);
    }

    private final Path file;
    private final Limits limits;
    private final String pointer;
    private final JsonNode node;

    private Json(Path file, Limits limits, String pointer, JsonNode node) {
        this.file = file;
        this.limits = limits;
        this.pointer = pointer;
        this.node = node;
    }

    /** Reads the object in {@code file}. */
    public static Json read(Path file, Limits limits) throws IOException {
        checkSize(file, limits);
        return parse(file, Files.readAllBytes(file), limits);
    }

    private static void checkSize(Path file, Limits limits) throws IOException {
        long size = Files.size(file);
        if (size > limits.bytes()) {
            throw new MalformedFileException(limits.code() + "_JSON", file, -1, "", size + " bytes, the limit is " + limits.bytes());
        }
    }

    private static StreamReadConstraints constraints(Limits limits) {
        return StreamReadConstraints.builder().maxNestingDepth(limits.depth()).maxStringLength(limits.stringLength())
                .maxNameLength(limits.stringLength()).maxNumberLength(LONGEST_NUMBER).build();
    }

    /** Parses an object; {@code file} is only named in errors. */
    public static Json parse(Path file, String text, Limits limits) {
        return parse(file, text.getBytes(StandardCharsets.UTF_8), limits);
    }

    /** Parses a value of any kind; {@code file} is only named in errors. */
    public static Json parseAny(Path file, String text, Limits limits) {
        return new Json(file, limits, "", tree(file, text.getBytes(StandardCharsets.UTF_8), limits));
    }

    /** Reads the mapping in a YAML file like JSON; type tags and anchors are not resolved. */
    public static Json readYaml(Path file, Limits limits) throws IOException {
        checkSize(file, limits);
        YAMLMapper mapper = YAMLMapper.builder(YAMLFactory.builder().streamReadConstraints(constraints(limits))
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build()).build();
        try {
            JsonNode node = mapper.readTree(Files.readAllBytes(file));
            if (!node.isObject()) {
                throw new MalformedFileException(limits.code() + "_YAML", file, 0, "", "expected a mapping, found " + kind(node));
            }
            return new Json(file, limits, "", node);
        } catch (JacksonException e) {
            throw unreadable(file, limits, e);
        }
    }

    private static Json parse(Path file, byte[] bytes, Limits limits) {
        JsonNode node = tree(file, bytes, limits);
        if (!node.isObject()) {
            throw new MalformedFileException(limits.code() + "_JSON", file, 0, "", "expected a JSON object, found " + kind(node));
        }
        return new Json(file, limits, "", node);
    }

    private static JsonNode tree(Path file, byte[] bytes, Limits limits) {
        JsonMapper mapper = JsonMapper
                .builder(
                        JsonFactory.builder().streamReadConstraints(constraints(limits))
                                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                                .build())
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();
        try {
            return mapper.readTree(bytes);
        } catch (JacksonException e) {
            throw unreadable(file, limits, e);
        }
    }

    private static MalformedFileException unreadable(Path file, Limits limits, JacksonException e) {
        TokenStreamLocation place = e.getLocation();
        String where = place == null ? "" : "line " + place.getLineNr() + ", column " + place.getColumnNr() + ": ";
        String reason = e.getOriginalMessage();
        if (reason.contains("'NaN'") || reason.contains("Infinity")) {
            reason = "NaN and Infinity are not JSON, though Python writes them";
        }
        return new MalformedFileException(limits.code() + "_JSON", file, -1, "", where + reason.lines().findFirst().orElse(""));
    }

    public Path file() {
        return file;
    }

    /** Returns the JSON pointer of the value, such as {@code /rope_scaling/factor}; empty for the file's object itself. */
    public String pointer() {
        return pointer;
    }

    /** Returns this object with defaults for missing keys. */
    public Json withDefaults(Map<String, Integer> defaults) {
        if (!(node.deepCopy() instanceof ObjectNode whole)) {
            throw wrong("expected an object, found " + shown());
        }
        defaults.forEach((key, value) -> {
            if (!has(key)) {
                whole.put(key, value);
            }
        });
        return new Json(file, limits, pointer, whole);
    }

    /** Returns whether the object has the key with a value other than null. */
    public boolean has(String key) {
        JsonNode child = node.get(key);
        return child != null && !child.isNull();
    }

    /** The value under the key, empty if it is absent or null. */
    public Optional<Json> get(String key) {
        return has(key) ? Optional.of(child(key, node.get(key))) : Optional.empty();
    }

    public Json require(String key) {
        return get(key).orElseThrow(() -> complaint("_MISSING", pointer + "/" + key, "is missing"));
    }

    /** The members of the object in the file's order. */
    public Map<String, Json> members() {
        if (!node.isObject()) {
            throw wrong("expected an object, found " + shown());
        }
        Map<String, Json> members = new LinkedHashMap<>();
        node.properties().forEach(member -> members.put(member.getKey(), child(member.getKey(), member.getValue())));
        return members;
    }

    public List<Json> elements() {
        if (!node.isArray()) {
            throw wrong("expected an array, found " + shown());
        }
        List<Json> elements = new ArrayList<>(node.size());
        for (int i = 0; i < node.size(); i++) {
            elements.add(child(Integer.toString(i), node.get(i)));
        }
        return elements;
    }

    public boolean isObject() {
        return node.isObject();
    }

    public boolean isArray() {
        return node.isArray();
    }

    public boolean isString() {
        return node.isString();
    }

    public boolean isNumber() {
        return node.isNumber();
    }

    public boolean isBoolean() {
        return node.isBoolean();
    }

    public String string() {
        if (!node.isString()) {
            throw wrong("expected a string, found " + shown());
        }
        return node.stringValue();
    }

    public boolean bool() {
        if (!node.isBoolean()) {
            throw wrong("expected true or false, found " + shown());
        }
        return node.booleanValue();
    }

    /** An integer, written as one: 4096.0 and "4096" are refused. */
    public int whole(int min, int max) {
        if (!node.isIntegralNumber() || !node.canConvertToLong() || node.longValue() < min || node.longValue() > max) {
            throw wrong("expected a whole number from " + min + " to " + max + ", found " + shown());
        }
        return (int) node.longValue();
    }

    /** A finite number. */
    public double real(double min, double max) {
        double value = node.isNumber() ? node.doubleValue() : Double.NaN;
        if (!(value >= min && value <= max)) {
            throw wrong("expected a number from " + min + " to " + max + ", found " + shown());
        }
        return value;
    }

    /** Makes the exception for a value outside its range. */
    public MalformedFileException wrong(String reason) {
        return complaint("_RANGE", pointer, reason);
    }

    private MalformedFileException complaint(String code, String where, String reason) {
        return new MalformedFileException(limits.code() + code, file, -1, where, reason);
    }

    private Json child(String key, JsonNode value) {
        return new Json(file, limits, pointer + "/" + key.replace("~", "~0").replace("/", "~1"), value);
    }

    private String shown() {
        if (node.isContainer()) {
            return kind(node);
        }
        String text = MalformedFileException.printable(node.toString());
        return text.length() > LONGEST_SHOWN ? text.substring(0, LONGEST_SHOWN) + "…" : text;
    }

    private static String kind(JsonNode node) {
        return node.isMissingNode() ? "nothing" : "a JSON " + node.getNodeType().name().toLowerCase(java.util.Locale.ROOT);
    }

    /** The value as JSON text. */
    @Override
    public String toString() {
        return node.toString();
    }
}

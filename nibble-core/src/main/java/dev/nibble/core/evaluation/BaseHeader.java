package dev.nibble.core.evaluation;

import dev.nibble.EvaluatedModel;
import dev.nibble.core.model.mapping.Config;
import dev.nibble.text.json.Json;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/**
 * Header of a base file: magic, length, JSON.
 *
 * @param length tokens in every window
 */
record BaseHeader(EvaluatedModel facts, int vocabulary, int windows, int length, int firstScored) {
    static final byte[] MAGIC = {'N', 'I', 'B', 'B', 'A', 'S', 'E', '1'};
    static final int PREFIX = MAGIC.length + Integer.BYTES;
    static final int LONGEST = 1 << 16;
    private static final int MAX_WINDOWS = 1 << 24;
    private static final int LONGEST_WINDOW = 1 << 24;
    private static final double LARGEST = 1L << 53;
    private static final Json.Limits LIMITS = new Json.Limits("BASE", LONGEST, 4, 1 << 14);

    static BaseHeader parse(Path file, String text) {
        Json json = Json.parse(file, text, LIMITS);
        EvaluatedModel facts = new EvaluatedModel(json.require("model").string(), (long) json.require("bytes").real(0, LARGEST),
                (long) json.require("parameters").real(0, LARGEST), json.require("fingerprint").string(),
                json.require("protocol").string());
        int length = json.require("window_length").whole(2, LONGEST_WINDOW);
        return new BaseHeader(facts, json.require("vocabulary").whole(1, Config.MAX_VOCABULARY),
                json.require("windows").whole(1, MAX_WINDOWS),
                length, json.require("first_scored").whole(1, length - 1));
    }

    ByteBuffer bytes() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("model", facts.name());
        values.put("bytes", facts.bytes());
        values.put("parameters", facts.parameters());
        values.put("fingerprint", facts.fingerprint());
        values.put("protocol", facts.protocol());
        values.put("vocabulary", vocabulary);
        values.put("windows", windows);
        values.put("window_length", length);
        values.put("first_scored", firstScored);
        byte[] json = JsonMapper.shared().writeValueAsString(values).getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(PREFIX + json.length).order(ByteOrder.LITTLE_ENDIAN).put(MAGIC).putInt(json.length).put(json).flip();
    }

    long tokenBytes() {
        return (long) windows * length * Integer.BYTES;
    }

    long rowBytes() {
        return (long) windows * (length - firstScored) * LogProbabilityRow.bytes(vocabulary);
    }
}

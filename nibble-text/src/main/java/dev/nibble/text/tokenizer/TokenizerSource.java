package dev.nibble.text.tokenizer;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * The metadata of a GGUF file as plain data. This package parses no GGUF: the caller passes the file's key–value pairs.
 *
 * @param file   named in errors
 * @param values by key, such as {@code tokenizer.ggml.tokens}: a String, Boolean, Float, a Long for every integer, or a List of those
 */
public record TokenizerSource(Path file, Map<String, Object> values) {
    Optional<Object> get(String key) {
        return Optional.ofNullable(values.get(key));
    }

    Optional<String> string(String key) {
        return get(key).filter(String.class::isInstance).map(String.class::cast);
    }

    Optional<Long> integer(String key) {
        return get(key).filter(Long.class::isInstance).map(Long.class::cast);
    }
}

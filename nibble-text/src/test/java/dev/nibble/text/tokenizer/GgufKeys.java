package dev.nibble.text.tokenizer;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Metadata of a GGUF file under construction. */
final class GgufKeys {
    private final Map<String, Object> values = new LinkedHashMap<>();

    GgufKeys put(String key, Object value) {
        values.put(key, value);
        return this;
    }

    GgufKeys putIntegers(String key, int... value) {
        return put(key, IntStream.of(value).mapToObj(i -> (long) i).toList());
    }

    GgufKeys putFloats(String key, float... value) {
        return put(key, IntStream.range(0, value.length).mapToObj(i -> value[i]).toList());
    }

    GgufKeys remove(String key) {
        values.remove(key);
        return this;
    }

    Object get(String key) {
        return values.get(key);
    }

    TokenizerSource source() {
        return new TokenizerSource(Path.of("model.gguf"), values);
    }

    GgufVocabulary vocabulary() {
        return GgufVocabulary.of(source());
    }

    Tokenizer tokenizer() {
        return Tokenizers.of(source(), warning -> {});
    }

    List<String> warnings() {
        return VocabularyCheck.check(vocabulary(), source().file());
    }
}

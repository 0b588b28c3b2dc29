package dev.nibble.core.conversion;

import dev.nibble.core.checkpoint.gguf.Gguf;
import dev.nibble.core.checkpoint.gguf.GgufMetadata;
import dev.nibble.core.checkpoint.gguf.GgufMetadata.Value;
import dev.nibble.error.MalformedFileException;
import dev.nibble.error.UnsupportedException;
import dev.nibble.text.tokenizer.GgufVocabulary;
import dev.nibble.text.tokenizer.Tokenizer;
import dev.nibble.text.tokenizer.TokenizerSource;
import dev.nibble.text.tokenizer.Tokenizers;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Opens the tokenizers of models, including GGUF files, and stores vocabularies in GGUF metadata. */
public final class ModelTokenizers {
    private static final Map<String, GgufMetadata.Type> ELEMENTS = Map.of("tokenizer.ggml.tokens", GgufMetadata.Type.STRING,
            "tokenizer.ggml.scores", GgufMetadata.Type.F32,
            "tokenizer.ggml.token_type", GgufMetadata.Type.I32, "tokenizer.ggml.merges", GgufMetadata.Type.STRING,
            "tokenizer.ggml.precompiled_charsmap", GgufMetadata.Type.U8,
            "tokenizer.chat_templates", GgufMetadata.Type.STRING);

    private ModelTokenizers() {}

    /**
     * Opens the tokenizer of a model.
     *
     * @param path     a GGUF file, or anything that {@link Tokenizers#open(Path)} reads
     * @param warnings receives warnings, one line each
     * @throws MalformedFileException if the tokenizer contradicts itself or its format
     * @throws UnsupportedException   if there is no tokenizer, or one that Nibble cannot run
     */
    public static Tokenizer open(Path path, Consumer<String> warnings) throws IOException {
        if (Files.isRegularFile(path) && isGguf(path)) {
            try (Gguf gguf = Gguf.open(path)) {
                return Tokenizers.of(source(gguf.ggufMetadata(), path), warnings);
            }
        }
        return Tokenizers.open(path, warnings);
    }

    private static boolean isGguf(Path path) throws IOException {
        try (InputStream in = Files.newInputStream(path)) {
            return new String(in.readNBytes(4), StandardCharsets.ISO_8859_1).equals("GGUF");
        }
    }

    /** Adapts the metadata of a GGUF file; {@code file} is named in errors. */
    public static TokenizerSource source(GgufMetadata metadata, Path file) {
        Map<String, Object> values = new LinkedHashMap<>();
        metadata.values().forEach((key, value) -> {
            if (key.startsWith("tokenizer.")) {
                values.put(key, value.value());
            }
        });
        return new TokenizerSource(file, values);
    }

    /** Adds the keys of a vocabulary with llama.cpp's value types. */
    static void write(GgufVocabulary vocabulary, GgufMetadata metadata) {
        vocabulary.values().forEach((key, value) -> metadata.put(key, stored(key, value)));
    }

    private static Value stored(String key, Object value) {
        GgufMetadata.Type type = switch (value) {
            case String text -> GgufMetadata.Type.STRING;
            case Boolean flag -> GgufMetadata.Type.BOOL;
            case Long id -> GgufMetadata.Type.U32;
            case List<?> array -> GgufMetadata.Type.ARRAY;
            default -> throw new IllegalArgumentException(key + ": " + value.getClass());
        };
        return new Value(type, type == GgufMetadata.Type.ARRAY ? ELEMENTS.get(key) : type, value);
    }
}

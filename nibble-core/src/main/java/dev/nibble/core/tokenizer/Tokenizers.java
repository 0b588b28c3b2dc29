package dev.nibble.core.tokenizer;

import dev.nibble.core.checkpoint.Gguf;
import dev.nibble.core.checkpoint.GgufMetadata;
import java.io.IOException;
import java.nio.file.Path;

/** Opens tokenizers. */
public final class Tokenizers {
    private Tokenizers() {}

    public static Tokenizer open(Path path) throws IOException {
        try (Gguf gguf = Gguf.open(path)) {
            return of(gguf.ggufMetadata(), path);
        }
    }

    public static Tokenizer of(GgufMetadata metadata, Path file) {
        return GgufTokenizer.of(GgufVocabulary.of(file, metadata), file);
    }
}

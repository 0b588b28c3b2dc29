package dev.nibble.core.tokenizer;

import dev.nibble.core.MalformedFileException;
import dev.nibble.core.UnsupportedException;
import dev.nibble.core.checkpoint.Gguf;
import dev.nibble.core.checkpoint.GgufMetadata;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Opens tokenizers. */
public final class Tokenizers {
    private Tokenizers() {}

    /**
     * The tokenizer of a model.
     *
     * @param path a Hugging Face directory, a GGUF file, a tokenizer.json, or a file of SentencePiece or tiktoken
     * @throws MalformedFileException if it is wrong in itself
     * @throws UnsupportedException   if there is none, or one that Nibble cannot run
     */
    public static Tokenizer open(Path path) throws IOException {
        return open(path, warning -> {});
    }

    /** @param warnings told of what is odd, one line each */
    public static Tokenizer open(Path path, Consumer<String> warnings) throws IOException {
        if (Files.isDirectory(path)) {
            return ofDirectory(path, warnings);
        }
        if (!Files.exists(path)) {
            throw new NoSuchFileException(path.toString());
        }
        if (startsWith(path, "GGUF")) {
            try (Gguf gguf = Gguf.open(path)) {
                return of(gguf.ggufMetadata(), path, warnings);
            }
        }
        if (startsWith(path, "{")) {
            TokenizerSettings settings = new TokenizerSettings(path.toAbsolutePath().getParent(), warnings);
            return JsonTokenizer.open(path, settings.rows(), settings, warnings);
        }
        if (TiktokenRanks.recognizes(path) || startsWith(path, "\n")) { // the first field of SentencePiece
            return GgufTokenizer.of(TokenizerDirectory.readFile(path, warnings), path);
        }
        throw new UnsupportedException(path + ": no tokenizer that is known here; there are tokenizer.json, GGUF files, and files of"
                + " SentencePiece and tiktoken");
    }

    /** The tokenizer in the metadata of a GGUF file; {@code file} is only named in errors. */
    public static Tokenizer of(GgufMetadata metadata, Path file) {
        return of(metadata, file, warning -> {});
    }

    private static Tokenizer of(GgufMetadata metadata, Path file, Consumer<String> warnings) {
        GgufVocabulary vocabulary = GgufVocabulary.of(file, metadata);
        VocabularyCheck.check(vocabulary, file).forEach(warnings);
        return GgufTokenizer.of(vocabulary, file);
    }

    /** The same for the metadata of a GGUF file that was opened as a model: its vocabulary has been checked. */
    public static Tokenizer ofChecked(GgufMetadata metadata, Path file) {
        return GgufTokenizer.of(GgufVocabulary.of(file, metadata), file);
    }

    private static Tokenizer ofDirectory(Path directory, Consumer<String> warnings) throws IOException {
        TokenizerSettings settings = new TokenizerSettings(directory, warnings);
        Path json = directory.resolve("tokenizer.json");
        if (Files.isRegularFile(json)) {
            return JsonTokenizer.open(json, settings.rows(), settings, warnings);
        }
        return GgufTokenizer.of(TokenizerDirectory.read(directory, settings.rows(), warnings), directory);
    }

    private static boolean startsWith(Path path, String start) throws IOException {
        try (InputStream in = Files.newInputStream(path)) {
            return new String(in.readNBytes(start.length()), StandardCharsets.ISO_8859_1).equals(start);
        }
    }
}

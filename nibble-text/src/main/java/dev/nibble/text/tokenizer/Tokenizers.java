package dev.nibble.text.tokenizer;

import dev.nibble.error.MalformedFileException;
import dev.nibble.error.UnsupportedException;
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
     * Opens a tokenizer.
     *
     * @param path a Hugging Face directory, a tokenizer.json, or a SentencePiece or tiktoken file
     * @throws MalformedFileException if it contradicts itself or its format
     * @throws UnsupportedException   if there is none or its kind is not supported
     */
    public static Tokenizer open(Path path) throws IOException {
        return open(path, warning -> {});
    }

    /** @param warnings receives one line for each oddity */
    public static Tokenizer open(Path path, Consumer<String> warnings) throws IOException {
        if (Files.isDirectory(path)) {
            return ofDirectory(path, warnings);
        }
        if (!Files.exists(path)) {
            throw new NoSuchFileException(path.toString());
        }
        if (startsWith(path, "{")) {
            TokenizerSettings settings = new TokenizerSettings(path.toAbsolutePath().getParent(), warnings);
            return JsonTokenizer.open(path, settings.rows(), settings, warnings);
        }
        if (TiktokenRanks.recognizes(path) || startsWith(path, "\n")) { // the first field of SentencePiece
            return GgufTokenizer.of(TokenizerDirectory.readFile(path, warnings), path);
        }
        throw new UnsupportedException(path + (startsWith(path, "GGUF")
                ? ": a GGUF file; open it as a model, or pass its metadata to Tokenizers.of"
                : ": no tokenizer of a known kind; there are tokenizer.json, SentencePiece and tiktoken files"));
    }

    /** Builds the tokenizer of a GGUF file's metadata after checking its vocabulary. */
    public static Tokenizer of(TokenizerSource source, Consumer<String> warnings) {
        GgufVocabulary vocabulary = GgufVocabulary.of(source);
        VocabularyCheck.check(vocabulary, source.file()).forEach(warnings);
        return GgufTokenizer.of(vocabulary, source.file());
    }

    /** Builds the same tokenizer from a vocabulary checked when its file was opened as a model. */
    public static Tokenizer ofChecked(TokenizerSource source) {
        return GgufTokenizer.of(GgufVocabulary.of(source), source.file());
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

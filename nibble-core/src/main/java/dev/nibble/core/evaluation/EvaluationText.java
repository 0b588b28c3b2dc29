package dev.nibble.core.evaluation;

import dev.nibble.error.MalformedFileException;
import dev.nibble.text.json.Json;
import dev.nibble.text.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * A text for evaluation: the whole of a file, or the documents in a {@code .json} array or {@code .jsonl} file, each a string or an object
 * with {@code text} or {@code story}. Documents are joined by empty lines.
 */
public record EvaluationText(Path file, List<String> documents) {
    private static final long LARGEST = 512L << 20;
    private static final Json.Limits LIMITS = new Json.Limits("TEXT", LARGEST, 16, 64 << 20);

    public EvaluationText {
        documents = List.copyOf(documents);
    }

    /** @throws MalformedFileException if the file is not UTF-8, is empty or too large, or its JSON is not as expected */
    public static EvaluationText read(Path file) throws IOException {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        String content = content(file);
        List<String> documents = List.of(content);
        if (name.endsWith(".json")) {
            documents = Json.parseAny(file, content, LIMITS).elements().stream().map(EvaluationText::document).toList();
        } else if (name.endsWith(".jsonl")) {
            documents = lines(file, content).stream().map(EvaluationText::document).toList();
        }
        if (documents.stream().allMatch(String::isBlank)) {
            throw new MalformedFileException("TEXT_EMPTY", file, -1, "", "contains no text");
        }
        return new EvaluationText(file, documents);
    }

    /** The values of a file with one JSON value on each line; empty lines are skipped. */
    public static List<Json> jsonLines(Path file) throws IOException {
        return lines(file, content(file));
    }

    private static List<Json> lines(Path file, String content) {
        List<String> lines = content.lines().toList();
        return IntStream.range(0, lines.size()).filter(i -> !lines.get(i).isBlank())
                .mapToObj(i -> Json.parseAny(file.resolveSibling(file.getFileName() + ":" + (i + 1)), lines.get(i), LIMITS)).toList();
    }

    private static String document(Json value) {
        if (value.isString()) {
            return value.string();
        }
        return value.get("text").or(() -> value.get("story")).orElseGet(() -> value.require("text")).string();
    }

    /** The text of a file, without a byte order mark. */
    public static String content(Path file) throws IOException {
        long size = Files.size(file);
        if (size > LARGEST) {
            throw new MalformedFileException("TEXT_SIZE", file, -1, "", size + " bytes, the limit is " + LARGEST + "; use a part of it");
        }
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
        CharBuffer text = CharBuffer.allocate(bytes.remaining());
        CoderResult result = StandardCharsets.UTF_8.newDecoder().decode(bytes, text, true);
        if (result.isError()) {
            throw new MalformedFileException("TEXT_UTF8", file, bytes.position(), "",
                    String.format("byte 0x%02x is not UTF-8; convert the text first", bytes.get(bytes.position())));
        }
        String content = text.flip().toString();
        return content.startsWith("\uFEFF") ? content.substring(1) : content;
    }

    /** All documents in one text. */
    public String joined() {
        return String.join("\n\n", documents);
    }

    /** Tokens of the joined text, with the tokenizer's BOS and EOS; the text is never parsed as control tokens. */
    public int[] tokens(Tokenizer tokenizer) {
        return tokenizer.encode(joined(), true, false);
    }
}

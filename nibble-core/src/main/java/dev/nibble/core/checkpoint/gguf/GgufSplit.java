package dev.nibble.core.checkpoint.gguf;

import dev.nibble.core.checkpoint.Limits;
import dev.nibble.core.checkpoint.gguf.GgufMetadata.Value;
import dev.nibble.error.MalformedFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A model over several GGUF files, {@code NAME-00001-of-00003.gguf} and so on. The first part has the metadata, every part has
 * {@code split.no} (from 0), {@code split.count} and {@code split.tensors.count} (of all parts).
 */
final class GgufSplit {
    static final String NUMBER = "split.no";
    static final String COUNT = "split.count";
    static final String TENSORS = "split.tensors.count";
    static final Set<String> KEYS = Set.of(NUMBER, COUNT, TENSORS);
    private static final Pattern NAME = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf", Pattern.DOTALL);

    private GgufSplit() {}

    static boolean isPart(GgufFile file) {
        return file.metadata().has(COUNT) && integer(file, COUNT) != 1 && integer(file, COUNT) != 0; // 0: merged by llama-gguf-split
    }

    /**
     * Opens the parts missing in {@code parts} and puts all in order.
     *
     * @param parts with the one that is open; the caller must close all of them, also after an exception
     */
    static void openOthers(List<GgufFile> parts) throws IOException {
        GgufFile given = parts.getFirst();
        Path path = given.file().path();
        long count = integer(given, COUNT);
        if (count < 1 || count > Limits.GGUF_PARTS) {
            throw wrong(given, "GGUF_SPLIT_COUNT", COUNT, "a model of " + count + " parts");
        }
        Matcher name = NAME.matcher(path.toAbsolutePath().getFileName().toString());
        if (!name.matches()) {
            throw wrong(given, "GGUF_SPLIT_NAME", "", "this is one of " + count + " parts; expected a name like NAME-00001-of-"
                    + five(count) + ".gguf, by which the others can be found");
        }
        long number = Long.parseLong(name.group(2)) - 1;
        if (Long.parseLong(name.group(3)) != count || number < 0 || number >= count) {
            throw wrong(given, "GGUF_SPLIT_COUNT", COUNT, "the file says that there are " + count + " parts, its name says otherwise");
        }
        List<GgufFile> inOrder = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            if (i == number) {
                inOrder.add(given);
                continue;
            }
            Path other = path.resolveSibling(name.group(1) + "-" + five(i + 1) + "-of-" + five(count) + ".gguf");
            if (!Files.exists(other)) {
                throw wrong(given, "GGUF_SPLIT_MISSING", "", "part " + (i + 1) + " of " + count + " is missing: " + other.getFileName());
            }
            GgufFile part = GgufFile.read(other);
            parts.add(part);
            inOrder.add(part);
        }
        parts.clear();
        parts.addAll(inOrder);
        check(parts);
    }

    private static void check(List<GgufFile> parts) {
        GgufFile first = parts.getFirst();
        long tensors = parts.stream().mapToLong(part -> part.tensors().size()).sum();
        for (int i = 0; i < parts.size(); i++) {
            GgufFile part = parts.get(i);
            if (integer(part, NUMBER) != i) {
                throw wrong(part, "GGUF_SPLIT_NUMBER", NUMBER, "is " + integer(part, NUMBER) + ", expected " + i);
            }
            if (integer(part, COUNT) != parts.size()) {
                throw wrong(part, "GGUF_SPLIT_COUNT", COUNT, "is " + integer(part, COUNT) + ", expected " + parts.size());
            }
            if (integer(part, TENSORS) != tensors) {
                throw wrong(part, "GGUF_SPLIT_TENSORS", TENSORS, "is " + integer(part, TENSORS) + ", all parts together have " + tensors);
            }
            part.metadata().values().forEach((key, value) -> {
                if (!key.equals(NUMBER) && !value.equals(first.metadata().values().get(key))) {
                    throw wrong(part, "GGUF_SPLIT_OTHER_MODEL", key,
                            "differs from " + first.file().path().getFileName() + ": the parts are not of one model");
                }
            });
        }
    }

    private static long integer(GgufFile file, String key) {
        Value value = file.metadata().values().get(key);
        if (value == null || !(value.value() instanceof Long number)) {
            throw wrong(file, "GGUF_SPLIT_KEY", key, value == null ? "is missing" : "must be an integer, is " + value.type());
        }
        return number;
    }

    private static String five(long number) {
        return String.format(Locale.ROOT, "%05d", number);
    }

    private static MalformedFileException wrong(GgufFile file, String code, String key, String reason) {
        return new MalformedFileException(code, file.file().path(), -1, key, reason);
    }
}

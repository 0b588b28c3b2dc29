package dev.nibble.core.checkpoint.open;

import dev.nibble.error.MalformedFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The parts of a model without their index: {@code NAME-00001-of-00003.safetensors} and so on. */
final class Shards {
    private static final Pattern NAME = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})(\\.\\w+)", Pattern.DOTALL);

    private Shards() {}

    /** The files of a folder with this ending, by name. */
    static List<Path> files(Path folder, String ending) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().endsWith(ending)).filter(Files::isRegularFile).sorted().toList();
        }
    }

    /**
     * The parts of one model, all of which must be there.
     *
     * @return empty if there are none, or parts of several models
     * @throws MalformedFileException naming the first part that is missing
     */
    static Optional<List<Path>> in(Path folder, String ending) throws IOException {
        List<Path> parts = files(folder, ending).stream().filter(file -> NAME.matcher(file.getFileName().toString()).matches()).toList();
        Matcher first = NAME.matcher(parts.isEmpty() ? "" : parts.getFirst().getFileName().toString());
        if (!first.matches()) {
            return Optional.empty();
        }
        int count = Integer.parseInt(first.group(3));
        for (int i = 0; i < count; i++) {
            String expected = String.format(Locale.ROOT, "%s-%05d-of-%s%s", first.group(1), i + 1, first.group(3), ending);
            if (!Files.isRegularFile(folder.resolve(expected))) {
                throw new MalformedFileException("SHARD_MISSING", folder, -1, expected, "is missing; " + parts.getFirst().getFileName()
                        + " is one of " + count + " parts");
            }
        }
        return parts.size() == count ? Optional.of(parts) : Optional.empty();
    }
}

package dev.nibble.cli;

import java.nio.file.Path;
import java.util.List;

/** Names of models in tables. */
final class ModelNames {
    private static final String WEIGHTS = "model.safetensors";

    private ModelNames() {}

    /** The {@link #shortest} names without the leading words that all of them share. */
    static List<String> distinct(List<String> paths) {
        List<String> names = paths.stream().map(ModelNames::shortest).toList();
        String common = names.isEmpty() ? "" : names.getFirst();
        for (String name : names) {
            int length = 0;
            while (length < Math.min(common.length(), name.length()) && common.charAt(length) == name.charAt(length)) {
                length++;
            }
            common = common.substring(0, length);
        }
        int word = Math.max(common.lastIndexOf('-'), common.lastIndexOf('.')) + 1;
        return names.size() < 2 || names.stream().anyMatch(name -> name.length() == word)
                ? names
                : names.stream().map(name -> name.substring(word)).toList();
    }

    /** The file name without its extension, or the directory's name if that is more specific. */
    static String shortest(String path) {
        Path full = Path.of(path).toAbsolutePath().normalize();
        boolean inDirectory = full.endsWith(WEIGHTS) && full.getParent().getFileName() != null;
        Path name = inDirectory ? full.getParent().getFileName() : full.getFileName();
        String text = name == null ? path : name.toString();
        return text.endsWith(".gguf") ? text.substring(0, text.length() - ".gguf".length()) : text;
    }
}

package dev.nibble.cli;

import java.nio.file.Path;

/** Names of models in tables. */
final class ModelNames {
    private ModelNames() {}

    /** The last part of a path, without the ending that says nothing. */
    static String shortest(String path) {
        Path name = Path.of(path).toAbsolutePath().normalize().getFileName();
        String text = name == null ? path : name.toString();
        return text.endsWith(".gguf") ? text.substring(0, text.length() - ".gguf".length()) : text;
    }
}

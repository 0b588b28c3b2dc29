package dev.nibble.core.pipeline;

import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Default names of results, and checks of targets. */
public final class OutputName {
    private OutputName() {}

    /** {@code MODEL-TYPE.gguf} in the current folder. */
    static Path beside(Path model, String type) {
        return Path.of(stem(model) + "-" + type + ".gguf");
    }

    /** The model's name without its type and extension. */
    static String stem(Path model) {
        String name = model.toAbsolutePath().normalize().getFileName().toString();
        return name.replaceFirst("(?i)([-.](F32|F16|BF16))?\\.(gguf|safetensors|bin|pt|pth)$", "");
    }

    /**
     * Refuses a target that cannot or must not be written, before any work.
     *
     * @param directory whether the target is a directory
     * @param replace whether existing files may be replaced
     */
    public static void check(boolean directory, Path target, List<Path> inputs, boolean replace) throws IOException {
        if (directory) {
            checkDirectory(target, replace);
        } else {
            check(target, inputs, replace);
        }
    }

    /** Refuses a directory that cannot be created, is a file, or contains a model. @param replace whether its files may be replaced */
    private static void checkDirectory(Path target, boolean replace) throws IOException {
        Path folder = target.toAbsolutePath().normalize().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new IOException(target + ": there is no folder " + folder);
        }
        if (Files.exists(target) && !Files.isDirectory(target)) {
            throw new IOException(target + ": is a file; the result is a directory (or name a type for a GGUF file)");
        }
        for (String name : List.of("model.safetensors", "config.json", "tokenizer.json")) {
            if (!replace && Files.exists(target.resolve(name))) {
                throw new FileAlreadyExistsException(target.resolve(name).toString());
            }
        }
    }

    /**
     * Refuses a target that is an input, exists or has no folder, before any work.
     *
     * @param replace whether an existing file may be replaced
     */
    public static void check(Path target, List<Path> inputs, boolean replace) throws IOException {
        Path folder = target.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new IOException(target + ": there is no folder " + folder);
        }
        if (Files.isDirectory(target)) {
            throw new IOException(target + ": is a folder; name the file to write");
        }
        for (Path input : inputs) {
            if (Files.exists(target) && Files.isSameFile(input, target)) {
                throw new UnsupportedException(target + ": is the model itself; write to another file");
            }
        }
        if (Files.exists(target) && !replace) {
            throw new FileAlreadyExistsException(target.toString());
        }
    }
}

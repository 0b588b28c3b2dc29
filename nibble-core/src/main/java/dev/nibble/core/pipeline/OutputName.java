package dev.nibble.core.pipeline;

import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Where a result goes, and whether it may go there. */
public final class OutputName {
    private OutputName() {}

    /** In the current folder: the model's name, the type's, and {@code .gguf}. */
    static Path beside(Path model, String type) {
        return Path.of(stem(model) + "-" + type + ".gguf");
    }

    /** The model's name without its type and kind of file. */
    static String stem(Path model) {
        String name = model.toAbsolutePath().normalize().getFileName().toString();
        return name.replaceFirst("(?i)([-.](F32|F16|BF16))?\\.(gguf|safetensors|bin|pt|pth)$", "");
    }

    /**
     * Refuses a target that cannot be written, or must not be: now, not after an hour of work.
     *
     * @param directory whether it is to be a directory
     * @param replace   whether what is there may be replaced
     */
    public static void check(boolean directory, Path target, List<Path> inputs, boolean replace) throws IOException {
        if (directory) {
            checkDirectory(target, replace);
        } else {
            check(target, inputs, replace);
        }
    }

    /** Refuses a directory that cannot be made, is a file, or has a model in it. @param replace whether its files may be replaced */
    private static void checkDirectory(Path target, boolean replace) throws IOException {
        Path folder = target.toAbsolutePath().normalize().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new IOException(target + ": there is no folder " + folder);
        }
        if (Files.exists(target) && !Files.isDirectory(target)) {
            throw new IOException(target + ": is a file; a quantized model is a directory (or name a type for a GGUF file)");
        }
        for (String name : List.of("model.safetensors", "config.json", "tokenizer.json")) {
            if (!replace && Files.exists(target.resolve(name))) {
                throw new FileAlreadyExistsException(target.resolve(name).toString());
            }
        }
    }

    /**
     * Refuses a target that is an input, exists or has no folder: now, not after an hour of work.
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

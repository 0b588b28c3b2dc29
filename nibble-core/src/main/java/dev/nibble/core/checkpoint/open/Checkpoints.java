package dev.nibble.core.checkpoint.open;

import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.checkpoint.ForeignFiles;
import dev.nibble.core.checkpoint.gguf.Gguf;
import dev.nibble.core.checkpoint.io.MappedFile;
import dev.nibble.core.checkpoint.pytorch.PyTorch;
import dev.nibble.core.checkpoint.safetensors.Safetensors;
import dev.nibble.error.MalformedFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** Opens checkpoints: a file by its contents, a folder by its files. */
public final class Checkpoints {
    /** Weight files of a folder, in order of preference. */
    private static final List<String> WEIGHTS = List.of("model.safetensors", "model.safetensors.index.json", "pytorch_model.bin",
            "pytorch_model.bin.index.json");
    private static final int SHOWN_FILES = 10;

    private Checkpoints() {}

    /**
     * @param path a GGUF, safetensors or PyTorch file, an index of shards, or a Hugging Face folder
     * @throws MalformedFileException                  if it is none of these, or violates its format
     * @throws dev.nibble.error.UnsupportedException if it is valid, but of a kind that Nibble does not read
     */
    public static Checkpoint open(Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            return openFile(path);
        }
        Optional<Path> weights = WEIGHTS.stream().map(path::resolve).filter(Files::exists).findFirst();
        if (weights.isEmpty()) {
            Optional<Checkpoint> others = openOthers(path);
            if (others.isPresent()) {
                return others.get();
            }
            ForeignFolders.refuse(path);
            throw new MalformedFileException("NO_WEIGHTS", path, -1, "",
                    "no weights in this folder; looked for " + String.join(", ", WEIGHTS) + "; it has " + contents(path));
        }
        return openFile(weights.get());
    }

    /** The weights of a folder under other names: all parts of one model without their index, or the only safetensors file. */
    private static Optional<Checkpoint> openOthers(Path folder) throws IOException {
        Optional<List<Path>> safetensors = Shards.in(folder, ".safetensors");
        if (safetensors.isPresent()) {
            return Optional.of(ShardedCheckpoint.open(folder, safetensors.get(), Safetensors::openFile));
        }
        Optional<List<Path>> pytorch = Shards.in(folder, ".bin");
        if (pytorch.isPresent()) {
            return Optional.of(ShardedCheckpoint.open(folder, pytorch.get(), PyTorch::openFile));
        }
        List<Path> all = Shards.files(folder, ".safetensors");
        boolean adapter = Files.isRegularFile(folder.resolve("adapter_config.json"));
        return all.size() == 1 && !adapter ? Optional.of(openFile(all.getFirst())) : Optional.empty();
    }

    private static String contents(Path folder) throws IOException {
        String names = ForeignFolders.names(folder, "", SHOWN_FILES);
        return names.isEmpty() ? "no files" : names;
    }

    private static Checkpoint openFile(Path path) throws IOException {
        String name = path.toAbsolutePath().getFileName().toString().toLowerCase(Locale.ROOT);
        if (name.endsWith(".safetensors.index.json")) {
            return ShardedCheckpoint.open(path, Safetensors::openFile);
        }
        if (name.endsWith(".bin.index.json")) {
            return ShardedCheckpoint.open(path, PyTorch::openFile);
        }
        String start;
        try (MappedFile file = MappedFile.open(path)) {
            start = Checkpoint.guarded(path, () -> {
                ForeignFiles.refuse(file);
                if (!name.endsWith(".gguf")) {
                    ForeignFiles.refuseOld(file);
                }
                return ForeignFiles.start(file);
            });
        }
        if ((start.length() > 8 && start.charAt(8) == '{') || name.endsWith(".safetensors")) {
            return Safetensors.open(path);
        }
        if (start.startsWith("GGUF") || name.endsWith(".gguf")) {
            return Gguf.open(path);
        }
        if (start.startsWith("PK") || start.startsWith("\u0080") || Stream.of(".bin", ".pt", ".pth").anyMatch(name::endsWith)) {
            return PyTorch.open(path);
        }
        throw new MalformedFileException("UNKNOWN_FORMAT", path, 0, "",
                "starts with '" + MalformedFileException.printable(start.substring(0, Math.min(8, start.length())))
                        + "', as no GGUF, safetensors or PyTorch file does");
    }
}

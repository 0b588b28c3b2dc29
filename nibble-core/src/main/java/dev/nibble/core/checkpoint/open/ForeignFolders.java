package dev.nibble.core.checkpoint.open;

import dev.nibble.error.MalformedFileException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Recognizes folders that are often mistaken for models, by their files. */
public final class ForeignFolders {
    private static final Pattern BASE = Pattern.compile("\"base_model_name_or_path\"\\s*:\\s*\"([^\"]*)\"");
    private static final long LONGEST_CONFIG = 1 << 20;
    private static final int SHOWN = 5;

    private ForeignFolders() {}

    /** @throws MalformedFileException for a LoRA adapter, a folder of the Hub's cache, a folder of GGUF files, and Meta's own form */
    public static void refuse(Path folder) throws IOException {
        Path adapter = folder.resolve("adapter_config.json");
        if (Files.isRegularFile(adapter)) {
            throw wrong(folder, "this is a LoRA adapter" + base(adapter).map(name -> " of " + name).orElse("")
                    + ", not a model: merge it into its base first (merge_and_unload of peft)");
        }
        if (Files.isDirectory(folder.resolve("snapshots")) && Files.isDirectory(folder.resolve("blobs"))) {
            throw wrong(folder, "this is a folder of the Hub's cache, not a model: name one of the folders in its snapshots/"
                    + names(folder.resolve("snapshots"), ""));
        }
        if (Files.isRegularFile(folder.resolve("params.json")) && Files.isRegularFile(folder.resolve("consolidated.00.pth"))) {
            throw wrong(folder, "this is Llama in Meta's own form: convert it with convert_llama_weights_to_hf.py of transformers");
        }
        String files = names(folder, ".gguf");
        if (!files.isEmpty()) {
            throw wrong(folder, "this folder has GGUF files: name one of them" + files);
        }
    }

    private static Optional<String> base(Path adapter) throws IOException {
        if (Files.size(adapter) > LONGEST_CONFIG) {
            return Optional.empty();
        }
        Matcher name = BASE.matcher(new String(Files.readAllBytes(adapter), StandardCharsets.UTF_8));
        return name.find() && !name.group(1).isEmpty() ? Optional.of(MalformedFileException.printable(name.group(1))) : Optional.empty();
    }

    private static String names(Path folder, String ending) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            String names = files.map(file -> file.getFileName().toString()).filter(name -> name.endsWith(ending)).sorted().limit(SHOWN)
                    .map(MalformedFileException::printable).collect(Collectors.joining(", "));
            return names.isEmpty() ? "" : ": " + names;
        }
    }

    private static MalformedFileException wrong(Path folder, String reason) {
        return new MalformedFileException("NOT_A_MODEL", folder, -1, "", reason);
    }
}

package dev.nibble.core.checkpoint.open;

import dev.nibble.error.MalformedFileException;
import dev.nibble.text.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Recognizes folders that are often mistaken for models, by their files. */
public final class ForeignFolders {
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
                    + listed(names(folder.resolve("snapshots"), "", SHOWN)));
        }
        if (Files.isRegularFile(folder.resolve("params.json")) && Files.isRegularFile(folder.resolve("consolidated.00.pth"))) {
            throw wrong(folder, "this is Llama in Meta's own form: convert it with convert_llama_weights_to_hf.py of transformers");
        }
        String files = names(folder, ".gguf", SHOWN);
        if (!files.isEmpty()) {
            throw wrong(folder, "this folder has GGUF files: name one of them" + listed(files));
        }
    }

    private static Optional<String> base(Path adapter) throws IOException {
        try {
            return Json.read(adapter, Json.Limits.CONFIG).get("base_model_name_or_path").filter(Json::isString).map(Json::string)
                    .filter(name -> !name.isEmpty()).map(MalformedFileException::printable);
        } catch (MalformedFileException e) { // it is an adapter all the same
            return Optional.empty();
        }
    }

    /** The first names in a folder that end so, for messages; empty if there are none. */
    static String names(Path folder, String ending, int most) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).filter(name -> name.endsWith(ending)).sorted().limit(most)
                    .map(MalformedFileException::printable).collect(Collectors.joining(", "));
        }
    }

    private static String listed(String names) {
        return names.isEmpty() ? "" : ": " + names;
    }

    private static MalformedFileException wrong(Path folder, String reason) {
        return new MalformedFileException("NOT_A_MODEL", folder, -1, "", reason);
    }
}

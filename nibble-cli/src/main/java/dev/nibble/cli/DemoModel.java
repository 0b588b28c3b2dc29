package dev.nibble.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/** The small language model that comes with the program: a Hugging Face directory in the jar. */
final class DemoModel {
    private static final List<String> FILES = List.of("README.md", "config.json", "model.safetensors", "tokenizer.json",
            "tokenizer_config.json", "stories.txt");

    private DemoModel() {}

    /** Writes the directory's files into {@code folder}, which is created if missing. */
    static void unpack(Path folder) throws IOException {
        Files.createDirectories(folder);
        for (String name : FILES) {
            try (InputStream in = DemoModel.class.getResourceAsStream("demo/" + name)) {
                if (in == null) {
                    throw new IOException("the demo model is missing from this build: no " + name);
                }
                Files.copy(in, folder.resolve(name), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }
}

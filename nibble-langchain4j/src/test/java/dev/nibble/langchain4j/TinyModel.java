package dev.nibble.langchain4j;

import dev.nibble.GenerationOptions;
import dev.nibble.LanguageModel;
import dev.nibble.LoadOptions;
import dev.nibble.SessionOptions;
import dev.nibble.text.sampling.SamplingOptions;
import dev.nibble.text.template.ChatTemplate;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The demo model of the command line, opened from its jar, with a chat template. */
final class TinyModel {
    /** Short answers, so that a prompt and its answer fit the model's 256 positions. */
    static final GenerationOptions SHORT = GenerationOptions.DEFAULTS.with(SamplingOptions.DEFAULTS.withSeed(7)).withMaxTokens(24);

    private static final List<String> FILES = List.of("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json");

    /** Answers up to the full context. */
    static final GenerationOptions ENDLESS = SHORT.withMaxTokens(-1).withIgnoreEnd(true);

    private TinyModel() {}

    static LanguageModel open(Path folder, int sequences) throws IOException {
        return load(folder, SessionOptions.DEFAULTS.withSequences(sequences)).with(ChatTemplate.builtIn("zephyr"));
    }

    /** A context for an answer that takes minutes unless ended. */
    static LanguageModel openEndless(Path folder) throws IOException {
        return load(folder, SessionOptions.DEFAULTS.withContext(60_000)).with(ChatTemplate.builtIn("zephyr"));
    }

    static LanguageModel withoutTemplate(Path folder) throws IOException {
        return load(folder, SessionOptions.DEFAULTS);
    }

    private static LanguageModel load(Path folder, SessionOptions sessions) throws IOException {
        for (String name : FILES) {
            try (InputStream in = TinyModel.class.getResourceAsStream("/dev/nibble/cli/demo/" + name)) {
                if (!Files.exists(folder.resolve(name))) {
                    Files.copy(in, folder.resolve(name));
                }
            }
        }
        return LanguageModel.load(folder, LoadOptions.defaults().withThreads(2), sessions);
    }
}

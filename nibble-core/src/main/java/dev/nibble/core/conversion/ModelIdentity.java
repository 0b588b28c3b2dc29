package dev.nibble.core.conversion;

import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.checkpoint.gguf.Gguf;
import dev.nibble.core.model.mapping.Config;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The family of a checkpoint. */
public final class ModelIdentity {
    private ModelIdentity() {}

    /** {@code general.architecture} of a GGUF file, {@code model_type} of the config.json beside other weights, or {@code unknown}. */
    public static String architecture(Checkpoint checkpoint) throws IOException {
        if (checkpoint instanceof Gguf gguf) {
            return gguf.metadata().get("general.architecture") instanceof String name ? name : "unknown";
        }
        Path config = checkpoint.files().getFirst().resolveSibling("config.json");
        return Files.isRegularFile(config) ? Config.read(config).modelType() : "unknown";
    }
}

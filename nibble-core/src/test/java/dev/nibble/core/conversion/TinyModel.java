package dev.nibble.core.conversion;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import tools.jackson.databind.json.JsonMapper;

/** A random Hugging Face directory without a tokenizer. */
final class TinyModel {
    final InMemoryCheckpoint weights = new InMemoryCheckpoint();
    final Map<String, Object> config = new LinkedHashMap<>();
    private final RandomGenerator random;
    private final Path directory;

    /** @param seed printed for reproduction */
    TinyModel(Path directory, long seed) {
        this.directory = directory;
        this.random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        System.out.println("TinyModel: seed " + seed);
    }

    /** Sets keys of config.json: key, value, key … */
    TinyModel with(Object... pairs) {
        for (int i = 0; i < pairs.length; i += 2) {
            config.put((String) pairs[i], pairs[i + 1]);
        }
        return this;
    }

    TinyModel tensor(String name, long... shape) {
        weights.random(random, name, shape);
        return this;
    }

    /** A layer of {@code outputs} × {@code inputs} with a bias. */
    TinyModel biased(String name, long outputs, long inputs) {
        return tensor(name + ".weight", outputs, inputs).tensor(name + ".bias", outputs);
    }

    /** A norm with weight and bias. */
    TinyModel norm(String name, long width) {
        return tensor(name + ".weight", width).tensor(name + ".bias", width);
    }

    Path directory() throws IOException {
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("config.json"), JsonMapper.shared().writeValueAsString(config));
        return directory;
    }

    ConversionPlan plan() throws IOException {
        return GgufConversion.plan(directory(), weights);
    }
}
